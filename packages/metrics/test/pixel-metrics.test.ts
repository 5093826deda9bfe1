import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { commonIdentity, msSsim, psnr, residualOf, ssim, type Metric } from "../src/index.js";
import { formulaPair, imageOf } from "./pictures.js";

interface Golden {
  readonly pairs: readonly {
    readonly height: number;
    readonly width: number;
    readonly channels: number;
    readonly image: readonly number[];
    readonly reference: readonly number[];
    readonly psnr: number;
    readonly ssimUniform7: number;
    readonly ssimGaussian11: number;
  }[];
  readonly large: readonly {
    readonly height: number;
    readonly width: number;
    readonly strength: number;
    readonly seed: number;
    readonly msSsim: number;
  }[];
}
const golden = JSON.parse(readFileSync(new URL("./goldens/scikit-image.json", import.meta.url), "utf8")) as Golden;

describe("against scikit-image", () => {
  it.for(golden.pairs)("$height x $width x $channels", async ({ height, width, channels, image, reference, ...values }, { annotate }) => {
    const pair = [imageOf(image, height, width, channels), imageOf(reference, height, width, channels)] as const;
    expect(await psnr().measure(...pair)).toBeCloseTo(values.psnr, 5);
    const uniform = await ssim({ window: "uniform-7" }).measure(...pair);
    const gaussian = await ssim({ window: "gaussian-11" }).measure(...pair);
    const farthest = Math.max(Math.abs(uniform - values.ssimUniform7), Math.abs(gaussian - values.ssimGaussian11));
    await annotate(`SSIM: ${farthest.toExponential(1)} away`);
    expect(uniform).toBeCloseTo(values.ssimUniform7, 6);
    expect(gaussian).toBeCloseTo(values.ssimGaussian11, 6);
  });

  it.each(golden.large)("MS-SSIM at $height x $width against SciPy", async ({ height, width, strength, seed, msSsim: value }) => {
    const { image, reference } = formulaPair(height, width, strength, seed);
    expect(await msSsim().measure(image, reference)).toBeCloseTo(value, 6);
  });
});

describe("every pixel metric", () => {
  const metrics: readonly [string, (options: { readonly crop?: number; readonly colour?: "rgb" | "y" }) => Metric, number][] = [
    ["PSNR", psnr, Infinity],
    ["SSIM", ssim, 1],
    ["MS-SSIM", msSsim, 1],
  ];
  it.each(metrics)("%s is best for equal images, and values outside the range are clamped", async (_, make, best) => {
    const { reference } = formulaPair(176, 177, 20, 0);
    const beyond = { ...reference, data: Float32Array.from(reference.data, (v) => (v === 1 ? 1.5 : v === -1 ? -3 : v)) };
    expect(beyond.data).not.toEqual(reference.data);
    expect(await make({}).measure(beyond, reference)).toBeCloseTo(best, 9);
  });

  it.each(metrics)("%s does not see what it crops", async (_, make, best) => {
    const { reference } = formulaPair(190, 190, 20, 0);
    const framed = { ...reference, data: Float32Array.from(reference.data, (v, i) => (Math.floor((i % 36100) / 190) < 4 ? -v : v)) };
    expect(await make({}).measure(framed, reference)).not.toBe(best);
    expect(await make({ crop: 4 }).measure(framed, reference)).toBe(best);
  });

  it("PSNR of luma from 16 to 235 is that of full-range luma, 20 log10(255/219) dB higher", async () => {
    const { image, reference } = formulaPair(190, 190, 20, 0);
    const [full, studio] = [
      await psnr({ colour: "y" }).measure(image, reference),
      await psnr({ colour: "y-16-235" }).measure(image, reference),
    ];
    expect(studio - full).toBeCloseTo(20 * Math.log10(255 / 219), 6);
  });

  it.each(metrics)("%s of luma ignores a change that keeps it, and refuses grey images", async (_, make) => {
    const { reference } = formulaPair(176, 176, 20, 0);
    const plane = 176 * 176;
    const half = { ...reference, data: Float32Array.from(reference.data, (v) => v / 2) };
    const shifted = { ...half, data: Float32Array.from(half.data, (v, i) => (i < plane ? v + 0.114 : i < 2 * plane ? v : v - 0.299)) };
    const [rgb, y] = [await make({}).measure(shifted, half), await make({ colour: "y" }).measure(shifted, half)];
    expect(y).toBeGreaterThan(rgb);
    const grey = imageOf(
      Array.from({ length: plane }, () => 7),
      176,
      176,
      1,
    );
    await expect(make({ colour: "y" }).measure(grey, grey)).rejects.toThrow(/3 channels, received 1/u);
  });

  it.each(metrics)("%s refuses images of different sizes", async (_, make) => {
    const [a, b] = [formulaPair(176, 176, 1, 0).image, formulaPair(176, 177, 1, 0).image];
    await expect(make({}).measure(a, b)).rejects.toMatchObject({ code: "LEADER_METRIC_SHAPES_DIFFER" });
  });

  it("the structural ones refuse images that hold no window", async () => {
    const { image, reference } = formulaPair(10, 100, 1, 0);
    await expect(ssim().measure(image, reference)).rejects.toThrow(/at least 11 pixels per side, received 10x100/u);
    await expect(msSsim().measure(image, reference)).rejects.toThrow(/at least 176 pixels/u);
  });
});

describe("residual", () => {
  it("is the root mean square in [0,1] units", () => {
    const y = imageOf([0, 255, 0, 255], 2, 2, 1);
    expect(residualOf({ ...y, data: y.data.map((v) => v + 0.1) }, y)).toBeCloseTo(0.05, 7);
    expect(residualOf(y, y)).toBe(0);
  });
});

describe("identities", () => {
  it("are one for values of one metric, and refuse to be mixed", () => {
    const of = (metric: Metric) => ({ identity: metric.identity, value: 1 });
    expect(commonIdentity("PSNR", [of(psnr()), of(psnr())])).toEqual(psnr().identity);
    expect(commonIdentity("PSNR", [])).toBeUndefined();
    for (const other of [psnr({ crop: 4 }), psnr({ colour: "y" }), ssim(), ssim({ window: "uniform-7" })]) {
      expect(() => commonIdentity("quality", [of(psnr()), of(other)])).toThrow(/would mix values that cannot be compared: PSNR \(rgb/u);
    }
  });
});
