import { join } from "node:path";
import { isLeaderError, type HostTensor } from "@leader/graph";
import { isConfigError, parsePipeline, type Pipeline } from "leader-restore";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { makeFolder, priorPlugin, removeFolder, sourcePlugins } from "./host-fixture.js";

let folder = "";
beforeAll(async () => {
  folder = await makeFolder({ "package.json": '{ "type": "module" }', "prior.js": priorPlugin });
});
afterAll(() => removeFolder(folder));

const bundled = sourcePlugins({ "@leader/operators": "operators", "@leader/baseline-ddnm": "baselines/ddnm" });
const load = (operator: string, more: { readonly noise?: number; readonly baseline?: string } = {}): Promise<Pipeline> =>
  parsePipeline(
    `apiVersion: leader/v1
noise: ${more.noise ?? 0}
operator: ${operator}
denoiser: { use: "./prior.js#gaussian" }
baseline: { use: "@leader/baseline-ddnm#${more.baseline ?? "ddnm"}" }
scheduler: { use: "leader#uniform", with: { steps: 5 } }
backend: { use: "leader#reference" }
`,
    join(folder, "pipeline.yaml"),
    { bundled },
  );

const picture = (channels: number, height: number, width: number): HostTensor => ({
  shape: [1, channels, height, width],
  dtype: "float32",
  data: Float32Array.from({ length: channels * height * width }, (_, i) => Math.sin(i * 1.7) * 0.9),
});
const superResolution = '{ use: "@leader/operators#super-resolution", with: { factor: 2, method: average-pool } }';

describe("degrade", () => {
  test("adds noise of the stated level in [0,1] units, twice that in [-1,1], by seed and image", async () => {
    const image = picture(3, 24, 32);
    const clean = await (await load(superResolution)).degrade(image, { seed: 1 });
    const noisy = await load(superResolution, { noise: 0.05 });
    const y = await noisy.degrade(image, { seed: 1 });
    expect(clean.shape).toEqual([1, 3, 12, 16]);
    const residual = Float64Array.from(y.data, (value, i) => value - clean.data[i]!);
    const deviation = Math.sqrt(residual.reduce((sum, r) => sum + r * r, 0) / residual.length);
    expect(Math.abs(deviation / 0.1 - 1)).toBeLessThan(0.1);
    expect((await noisy.degrade(image, { seed: 1 })).data).toEqual(y.data);
    expect((await noisy.degrade(image, { seed: 1, image: 1 })).data).not.toEqual(y.data);
    expect((await noisy.degrade(image, { seed: 2 })).data).not.toEqual(y.data);
  });
});

describe("a measurement that comes as a picture", () => {
  test("restores to the size that the operator says, and shows as an image", async () => {
    const pipeline = await load(superResolution);
    const y = await pipeline.measurementFromPicture(picture(3, 5, 7));
    expect((await pipeline.imageFor(y)).shape).toEqual([1, 3, 10, 14]);
    expect((await pipeline.pinv(y)).shape).toEqual([1, 3, 10, 14]);
  });

  test("grey pictures serve a colour network, and colour pictures without colour a grey measurement", async () => {
    const grey = picture(1, 4, 6);
    const tripled: HostTensor = {
      shape: [1, 3, 4, 6],
      dtype: "float32",
      data: Float32Array.from({ length: 72 }, (_, i) => grey.data[i % 24]!),
    };
    const colorization = await load('{ use: "@leader/operators#colorization" }');
    expect(await colorization.measurementFromPicture(grey)).toEqual(grey);
    expect(await colorization.measurementFromPicture(tripled)).toEqual(grey);
    const failure: unknown = await colorization.measurementFromPicture(picture(3, 4, 6)).catch((error: unknown) => error);
    expect(isLeaderError(failure)).toBe(true);
  });

  test("what is not measured is set to zero", async () => {
    const inpainting = await load('{ use: "@leader/operators#inpainting", with: { random: { fraction: 0.5 } } }');
    const y = await inpainting.measurementFromPicture({ ...picture(3, 8, 8), data: new Float32Array(192).fill(1) });
    expect(new Set(y.data)).toEqual(new Set([0, 1]));
  });
});

describe("check and graph", () => {
  test("describe the run before it happens", async () => {
    const pipeline = await load(superResolution);
    const report = await pipeline.check({ shape: [1, 3, 8, 8], dtype: "float32" });
    expect(report).toMatchObject({ image: [1, 3, 8, 8], measurement: [1, 3, 4, 4], maxSteps: 5, warnings: [] });
    const graphs = await pipeline.graphs({ shape: [1, 3, 8, 8], dtype: "float32" });
    expect(Object.keys(graphs)).toEqual(["init", "predict", "update", "travel"]);
    expect(graphs.update).toContain("baseline");
  });

  test("name the operators that have what a baseline lacks", async () => {
    const pipeline = await load('{ use: "@leader/operators#motion-blur", with: { size: 9, boundary: zero } }', {
      baseline: "ddnm-plus",
      noise: 0.1,
    });
    const failure: unknown = await pipeline.check({ shape: [1, 3, 16, 16], dtype: "float32" }).catch((error: unknown) => error);
    expect(isConfigError(failure)).toBe(true);
    const [first] = (
      failure as {
        readonly diagnostics: readonly { readonly code: string; readonly line: number; readonly message: string; readonly hint: string }[];
      }
    ).diagnostics;
    expect(first).toMatchObject({ code: "LEADER_STAGE_INCOMPATIBLE", line: 5 });
    expect(first?.message).toContain("needs operator.pinv, but @leader/operators#motion-blur has none");
    expect(first?.hint).toContain("@leader/operators#gaussian-blur");
  });
});
