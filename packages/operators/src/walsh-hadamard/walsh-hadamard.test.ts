import { describeOperator } from "@leader/core/testing";
import { describe, expect, it } from "vitest";
import { createOperator, images, memoryEnvironment, operatorAt } from "../../test/environment.js";
import { compute } from "../../test/compute.js";
import { axisFactors } from "./axis-transform.js";
import { samplingOrder } from "./sampling-order.js";

for (const [options, height, width, channels] of [
  [{}, 8, 4, 3],
  [{ ratio: 0.5, seed: 3 }, 6, 10, 1],
  [{ ratio: 0.3, keepMean: false }, 7, 5, 3],
  [{ ratio: 1 }, 3, 1, 2],
] as const) {
  const operator = await operatorAt("walsh-hadamard", options, images(height, width, channels, 2));
  describeOperator(`walsh-hadamard ${JSON.stringify(options)}, ${height} x ${width}`, () => operator);
}

/** The definition of the fast transform: butterflies in natural order, orthonormal. */
function fastWalshHadamard(values: readonly number[]): readonly number[] {
  const result = [...values];
  for (let half = 1; half < result.length; half *= 2) {
    for (let i = 0; i < result.length; i++) {
      if ((i & half) !== 0) continue;
      const [a, b] = [result[i]!, result[i + half]!];
      [result[i], result[i + half]] = [a + b, a - b];
    }
  }
  return result.map((value) => value / Math.sqrt(result.length));
}

describe("walsh-hadamard", () => {
  it("is the flat transform in natural order where both sides are powers of two", async () => {
    const operator = await operatorAt("walsh-hadamard", { ratio: 1, seed: 5 }, images(4, 8, 1));
    const { order } = samplingOrder(5, 32, 32, true);
    const x = Array.from({ length: 32 }, (_, i) => Math.sin(i * i));
    const expected = fastWalshHadamard(x);
    compute(operator, "apply", x).forEach((value, k) => expect(value).toBeCloseTo(expected[order.data[k]!]!, 5));
    expect(fastWalshHadamard([1, 0, 0, 0])).toEqual([0.5, 0.5, 0.5, 0.5]);
    expect([...axisFactors(4)[0]!.data].slice(0, 8)).toEqual([0.5, 0.5, 0.5, 0.5, 0.5, -0.5, 0.5, -0.5]);
  });

  it.each([1, 2, 3, 6, 8, 12, 15, 64, 1024, 96])("has orthonormal factors for length %i, each with a constant first row", (length) => {
    const factors = axisFactors(length);
    expect(factors.reduce((product, { rows }) => product * rows, 1)).toBe(length);
    for (const { rows: n, data } of factors) {
      expect(n).toBeLessThanOrEqual(64);
      for (let r = 0; r < n; r++) {
        expect(data[r]).toBeCloseTo(1 / Math.sqrt(n), 12);
        for (let q = 0; q < n; q++) {
          let dot = 0;
          for (let i = 0; i < n; i++) dot += data[r * n + i]! * data[q * n + i]!;
          expect(dot).toBeCloseTo(r === q ? 1 : 0, 12);
        }
      }
    }
  });

  it("is the flat transform where a side takes several products", async () => {
    const operator = await operatorAt("walsh-hadamard", { ratio: 1, seed: 5 }, images(64, 128, 1));
    const { order } = samplingOrder(5, 8192, 8192, true);
    const x = Array.from({ length: 8192 }, (_, i) => Math.sin(i * i));
    const expected = fastWalshHadamard(x);
    const found = compute(operator, "apply", x);
    const worst = found.reduce((most, value, k) => Math.max(most, Math.abs(value - expected[order.data[k]!]!)), 0);
    expect(worst).toBeLessThan(1e-5);
    expect(compute(operator, "adjoint", found).reduce((most, value, i) => Math.max(most, Math.abs(value - x[i]!)), 0)).toBeLessThan(1e-5);
  });

  it("measures the mean unless told otherwise, and says when it does not", async () => {
    for (const seed of [0, 1, 2, 3, 4, 5]) {
      expect(samplingOrder(seed, 64, 16, true).hasMean).toBe(true);
      const sampling = samplingOrder(seed, 64, 16, true);
      expect([...sampling.order.data].sort((a, b) => a - b)).toEqual(Array.from({ length: 64 }, (_, i) => i));
    }
    const environment = memoryEnvironment();
    const seeds = Array.from({ length: 12 }, (_, seed) => seed);
    const without = seeds.filter((seed) => !samplingOrder(seed, 64, 16, false).hasMean);
    for (const seed of seeds) await operatorAt("walsh-hadamard", { seed, keepMean: false }, images(8, 8, 1), environment);
    expect(without.length).toBeGreaterThan(0);
    expect(environment.warnings).toEqual(without.map(() => "LEADER_OPERATORS_MEAN_NOT_MEASURED"));
  });

  it("finds the size of a square picture, or takes the stated one", async () => {
    const square = await createOperator("walsh-hadamard", {});
    expect(square.imageFor({ shape: [1, 3, 16384], dtype: "float32" })).toEqual(images(256, 256));
    expect(square.imageFor({ shape: [2, 1, 12], dtype: "float32" })).toEqual(images(7, 7, 1, 2));
    expect(() => square.imageFor({ shape: [1, 3, 13], dtype: "float32" })).toThrow(
      expect.objectContaining({ code: "LEADER_OPERATORS_IMAGE_SIZE_UNKNOWN" }),
    );
    const stated = await createOperator("walsh-hadamard", { imageSize: { height: 4, width: 13 } });
    expect(stated.imageFor({ shape: [1, 3, 13], dtype: "float32" })).toEqual(images(4, 13));
    expect(() => stated.imageFor({ shape: [1, 3, 14], dtype: "float32" })).toThrow(
      "expected a measurement of 13 numbers per channel for 4 x 13",
    );
    expect(() => stated.imageFor(images(4, 4))).toThrow("expected a measurement of type float32 [N,C,M]");
  });
});
