import { describeOperator } from "@leader/core/testing";
import { describe, expect, it } from "vitest";
import { createOperator, images, operatorAt } from "../../test/environment.js";
import { compute } from "../../test/compute.js";
import { blurMatrix } from "./blur-operator.js";
import { gaussianTaps, uniformTaps, withoutLastTap } from "./taps.js";

for (const [stage, options, height, width, channels] of [
  ["gaussian-blur", {}, 7, 10, 3],
  ["gaussian-blur", { boundary: "reflect", size: 3, sigma: 1 }, 6, 6, 1],
  ["gaussian-blur", { boundary: "periodic" }, 7, 6, 3],
  ["gaussian-blur", { legacyTapDrop: true }, 8, 8, 3],
  ["gaussian-blur", { legacyTapDrop: true, boundary: "periodic" }, 5, 8, 2],
  ["gaussian-blur", { legacySingularOrder: true }, 6, 5, 3],
  ["gaussian-blur", { size: 11, sigma: 2 }, 5, 1, 3],
  ["uniform-blur", {}, 12, 7, 1],
  ["uniform-blur", { size: 3, boundary: "reflect" }, 5, 8, 3],
  ["anisotropic-blur", {}, 9, 12, 3],
  ["anisotropic-blur", { boundary: "periodic", size: 5 }, 6, 9, 1],
  ["anisotropic-blur", { legacyTapDrop: true, legacySingularOrder: true }, 5, 6, 3],
] as const) {
  const operator = await operatorAt(stage, options, images(height, width, channels));
  describeOperator(`${stage} ${JSON.stringify(options)}, ${height} x ${width}`, () => operator);
}

const expectTaps = (taps: Float64Array, half: readonly number[]): void => {
  const expected = [...half, ...[...half].reverse().slice(1)];
  expect(taps.length).toBe(expected.length);
  taps.forEach((weight, i) => expect(weight).toBeCloseTo(expected[i]!, 7));
};

describe("blur taps", () => {
  it("are those of the literature", () => {
    expectTaps(gaussianTaps(5, 10), [0.19800304, 0.20099547, 0.20200297]);
    expectTaps(gaussianTaps(9, 1), [0.00013383, 0.00443186, 0.05399113, 0.24197145, 0.39894347]);
    expectTaps(gaussianTaps(9, 20), [0.10981941, 0.11078455, 0.11147912, 0.11189795, 0.11203791]);
    expectTaps(uniformTaps(9), [1 / 9, 1 / 9, 1 / 9, 1 / 9, 1 / 9]);
  });

  it("lose their last one on request", () => {
    const sum = (taps: Float64Array): number => taps.reduce((a, b) => a + b, 0);
    expect(sum(withoutLastTap(gaussianTaps(5, 10))) ** 2).toBeCloseTo(0.643199, 6);
    expect(sum(withoutLastTap(uniformTaps(9))) ** 2).toBeCloseTo(0.790123, 6);
    expect(sum(withoutLastTap(gaussianTaps(9, 1)))).toBeCloseTo(0.999866, 6);
    expect(sum(withoutLastTap(gaussianTaps(9, 20)))).toBeCloseTo(0.890181, 6);
  });
});

describe("blurMatrix", () => {
  const taps = Float64Array.of(1, 2, 4);
  it("loses what falls outside (zero), wraps it (periodic), or folds it back (reflect)", () => {
    expect([...blurMatrix(3, taps, "zero").data]).toEqual([2, 4, 0, 1, 2, 4, 0, 1, 2]);
    expect([...blurMatrix(3, taps, "periodic").data]).toEqual([2, 4, 1, 1, 2, 4, 4, 1, 2]);
    expect([...blurMatrix(3, taps, "reflect").data]).toEqual([3, 4, 0, 1, 2, 4, 0, 1, 6]);
    expect([...blurMatrix(1, taps, "reflect").data]).toEqual([7]);
  });
});

describe("singular values", () => {
  it.each([
    ["gaussian-blur", {}, 16, 16],
    ["gaussian-blur", { legacyTapDrop: true }, 15, 15],
    ["uniform-blur", {}, 28, 28],
    ["anisotropic-blur", {}, 38, 28],
  ] as const)("below 0.03, of 256 per axis: %s %j has %i and %i", async (stage, options, vertical, horizontal) => {
    const operator = await operatorAt(stage, options, images(256, 256, 1));
    const { data } = operator.svd!.singularValues;
    expect(data.filter((s) => s > 0).length).toBe((256 - vertical) * (256 - horizontal));
  });
});

describe("gaussian-blur", () => {
  it("keeps the brightness inside the picture, unless the last tap is dropped", async () => {
    const centre = async (options: object): Promise<number> => {
      const operator = await operatorAt("gaussian-blur", { threshold: 0, ...options }, images(9, 9, 1));
      return compute(operator, "apply", new Float32Array(81).fill(1))[40]!;
    };
    expect(await centre({})).toBeCloseTo(1, 6);
    expect(await centre({ boundary: "periodic" })).toBeCloseTo(1, 6);
    expect(await centre({ boundary: "reflect" })).toBeCloseTo(1, 6);
    expect(await centre({ legacyTapDrop: true })).toBeCloseTo(0.643199, 5);
    expect(await centre({ legacyTapDrop: true, boundary: "periodic" })).toBeCloseTo(0.643199, 5);
  });

  it("drops the same tap at every boundary: the pixel two to the right and below no longer counts", async () => {
    const at = Float32Array.from({ length: 81 }, (_, i) => (i === 40 ? 1 : 0));
    for (const boundary of ["zero", "periodic"]) {
      const blurred = compute(
        await operatorAt("gaussian-blur", { threshold: 0, legacyTapDrop: true, boundary }, images(9, 9, 1)),
        "apply",
        at,
      );
      expect(blurred[4 * 9 + 2]).toBeCloseTo(0, 6);
      expect(blurred[4 * 9 + 6]).toBeCloseTo(0.19800304 * 0.20200297, 6);
    }
  });

  it("is a little off the true blur with the legacy order of singular values, but not on grey pictures", async () => {
    const x = Float32Array.from({ length: 192 }, (_, i) => Math.sin(i * i));
    const difference = async (channels: number): Promise<number> => {
      const [right, legacy] = await Promise.all(
        [false, true].map((legacySingularOrder) => operatorAt("gaussian-blur", { legacySingularOrder }, images(8, 8, channels))),
      );
      const [a, b] = [compute(right!, "apply", x.slice(0, 64 * channels)), compute(legacy!, "apply", x.slice(0, 64 * channels))];
      return Math.hypot(...a.map((value, i) => value - b[i]!)) / Math.hypot(...a);
    };
    expect(await difference(1)).toBeLessThan(1e-5);
    expect(await difference(3)).toBeGreaterThan(0.01);
  });

  it("restores measurements of their own size", async () => {
    const factory = await createOperator("gaussian-blur", {});
    expect(factory.imageFor(images(5, 7, 1, 2))).toEqual(images(5, 7, 1, 2));
  });
});
