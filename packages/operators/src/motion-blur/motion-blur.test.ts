import { describeOperator } from "@leader/core/testing";
import type { HostTensor } from "@leader/core";
import { describe, expect, it } from "vitest";
import { createOperator, images, memoryEnvironment, operatorAt } from "../../test/environment.js";
import { compute } from "../../test/compute.js";
import { drawLine, gaussianSmoothing, lanczosDownscaling } from "./draw.js";
import { motionKernel } from "./kernel.js";

const kernelFile = (shape: readonly number[], values: readonly number[]): HostTensor => ({
  shape,
  dtype: "float32",
  data: Float32Array.from(values),
});
const slanted = memoryEnvironment({ "k.npy": kernelFile([2, 3], [1, 2, 3, 0, 1, 1]) });

for (const [options, height, width, channels] of [
  [{ size: 5, intensity: 0.3 }, 7, 8, 3],
  [{ size: 9, seed: 3, threshold: 0.1 }, 6, 1, 1],
  [{ size: 5, boundary: "zero" }, 6, 7, 3],
  [{ size: 7, boundary: "reflect" }, 5, 4, 1],
  [{ kernel: "k.npy" }, 5, 6, 3],
  [{ kernel: "k.npy", boundary: "reflect" }, 4, 5, 2],
] as const) {
  const operator = await operatorAt("motion-blur", options, images(height, width, channels), slanted);
  describeOperator(`motion-blur ${JSON.stringify(options)}, ${height} x ${width}`, () => operator);
}

describe("motion kernel", () => {
  const sum = (values: Float64Array): number => values.reduce((a, b) => a + b, 0);

  it.each([0, 0.5, 1])("of intensity %f is a positive, connected trace near the centre with sum 1", (intensity) => {
    for (const seed of [0, 1, 2, 3, 4]) {
      const kernel = motionKernel(seed, 31, intensity);
      expect([kernel.rows, kernel.columns]).toEqual([31, 31]);
      expect(kernel.data.every((value) => value >= 0)).toBe(true);
      expect(sum(kernel.data)).toBeCloseTo(1, 12);
      const centre = [0, 1].map((axis) =>
        kernel.data.reduce((total, value, i) => total + value * (axis === 0 ? Math.floor(i / 31) : i % 31), 0),
      );
      for (const coordinate of centre) expect(Math.abs(coordinate - 15)).toBeLessThan(4);
    }
  });

  it("depends on the seed, and on nothing else", () => {
    expect(motionKernel(5, 15, 0.5)).toEqual(motionKernel(5, 15, 0.5));
    expect(motionKernel(5, 15, 0.5).data).not.toEqual(motionKernel(6, 15, 0.5).data);
  });

  it("covers a small part of its square", () => {
    const kernel = motionKernel(0, 61, 0.5);
    const used = kernel.data.filter((value) => value > 1e-4).length;
    expect(used).toBeGreaterThan(10);
    expect(used).toBeLessThan(61 * 61 * 0.2);
  });
});

describe("drawing", () => {
  it("covers pixels by their distance to the line", () => {
    const line = drawLine(
      [
        { x: 1.5, y: 2.5 },
        { x: 3.5, y: 2.5 },
      ],
      5,
      1,
    );
    expect([...line.data.subarray(10, 15)]).toEqual([0, 1, 1, 1, 0]);
    const between = drawLine(
      [
        { x: 1.5, y: 2 },
        { x: 3.5, y: 2 },
      ],
      5,
      1,
    );
    expect([...between.data.subarray(5, 10)]).toEqual([...between.data.subarray(10, 15)]);
    expect(between.data[7]).toBe(0.5);
    expect([...drawLine([{ x: 0.5, y: 0.5 }], 1, 1).data]).toEqual([1]);
  });

  it("smooths and scales without changing a constant", () => {
    for (const matrix of [gaussianSmoothing(6, 1), gaussianSmoothing(6, 0), lanczosDownscaling(4, 2)]) {
      for (let r = 0; r < matrix.rows; r++)
        expect(matrix.data.subarray(r * matrix.columns, (r + 1) * matrix.columns).reduce((a, b) => a + b, 0)).toBeCloseTo(1, 12);
    }
  });
});

describe("motion-blur", () => {
  it("convolves with the kernel of a file, divided by its sum, at every boundary", async () => {
    const impulse = Float32Array.from({ length: 30 }, (_, i) => (i === 14 ? 8 : 0));
    for (const boundary of ["periodic", "zero", "reflect"]) {
      const operator = await operatorAt("motion-blur", { kernel: "k.npy", boundary, threshold: 0 }, images(5, 6, 1), slanted);
      const y = compute(operator, "apply", impulse).map((value) => Number(value.toFixed(4)) + 0);
      expect([y.slice(13, 16), y.slice(19, 22)]).toEqual([
        [1, 2, 3],
        [0, 1, 1],
      ]);
    }
  });

  it("averages the channels of a kernel picture", async () => {
    const environment = memoryEnvironment({ "k.png": kernelFile([3, 1, 3], [0, 1, 0, 0, 2, 0, 3, 0, 0]) });
    const operator = await operatorAt("motion-blur", { kernel: "k.png" }, images(1, 4, 1), environment);
    for (const [i, value] of compute(operator, "apply", [0, 4, 0, 0]).entries()) expect(value).toBeCloseTo([2, 2, 0, 0][i]!, 5);
  });

  it("says what is wrong with a kernel", async () => {
    const create = (array: HostTensor) => createOperator("motion-blur", { kernel: "k" }, memoryEnvironment({ k: array }));
    await expect(create(kernelFile([2, 2], [1, -1, 0, 0]))).rejects.toThrow("k is not a kernel: its values sum to 0");
    await expect(create(kernelFile([1, 1], [NaN]))).rejects.toMatchObject({ code: "LEADER_OPERATORS_KERNEL_INVALID" });
    await expect(create(kernelFile([3], [1, 1, 1]))).rejects.toThrow("it has shape [3]");
  });

  it("claims no power that it has not", async () => {
    const operator = await operatorAt("motion-blur", { size: 5, boundary: "zero" }, images(6, 6));
    expect([operator.pinv, operator.svd, operator.proxL2]).toEqual([undefined, undefined, undefined]);
  });
});
