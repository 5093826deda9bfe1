import type { Aval } from "@leader/core";
import { evaluator } from "@leader/core/testing";
import { describe, expect, it } from "vitest";
import { smoothing } from "./smooth.js";

const map = (height: number, width: number): Aval => ({ shape: [1, 1, height, width], dtype: "float32" });

function smoothed(height: number, width: number, sigma: number): (values: Float64Array) => Float64Array {
  const { coarsen, refine } = smoothing(height, width, sigma);
  const run = evaluator((x) => refine(coarsen(x)), [map(height, width)]);
  return (values) => Float64Array.from(run(values));
}

/** Answer to one pixel, with its mass and its variance along a row. */
function moments(size: number, sigma: number, at: number): { readonly mass: number; readonly variance: number } {
  const impulse = Float64Array.from({ length: size }, (_, i) => (i === at ? 1 : 0));
  const answer = smoothed(1, size, sigma)(impulse);
  const mass = answer.reduce((a, b) => a + b, 0);
  const mean = answer.reduce((sum, value, i) => sum + value * i, 0) / mass;
  return { mass, variance: answer.reduce((sum, value, i) => sum + value * (i - mean) ** 2, 0) / mass };
}

describe("smoothing", () => {
  it.each([0.5, 1, 2, 3, 7.5, 64])("keeps a constant map, at any size: sigma %d", (sigma) => {
    for (const [height, width] of [
      [1, 1],
      [2, 9],
      [31, 17],
    ] as const) {
      for (const value of smoothed(height, width, sigma)(new Float64Array(height * width).fill(0.7))) expect(value).toBeCloseTo(0.7, 6);
    }
  });

  it("is the Gaussian window itself where it is too narrow for a coarse grid", () => {
    const answer = smoothed(1, 15, 0.9)(Float64Array.from({ length: 15 }, (_, i) => (i === 7 ? 1 : 0)));
    const weights = Array.from({ length: 5 }, (_, i) => Math.exp(-((i - 2) ** 2) / (2 * 0.81)));
    const sum = weights.reduce((a, b) => a + b, 0);
    weights.forEach((weight, i) => expect(answer[5 + i]).toBeCloseTo(weight / sum, 6));
  });

  it.each([2, 3, 5])("spreads a pixel as far as the window says, wherever it lies between the knots: sigma %d", (sigma) => {
    const around = Array.from({ length: 8 }, (_, i) => moments(96, sigma, 44 + i));
    for (const { mass, variance } of around) {
      expect(Math.abs(mass - 1)).toBeLessThan(0.06);
      expect(Math.abs(Math.sqrt(variance) / sigma - 1)).toBeLessThan(0.06);
    }
    expect(around.reduce((sum, { mass }) => sum + mass, 0) / 8).toBeCloseTo(1, 1);
  });

  it("stays between the smallest and the largest value of its knots", () => {
    const { refine } = smoothing(24, 24, 3);
    const run = evaluator(refine, [map(6, 6)]);
    const knots = Float64Array.from({ length: 36 }, (_, i) => Math.abs(Math.sin(i * 12.9898)));
    for (const value of run(knots)) {
      expect(value).toBeGreaterThanOrEqual(0);
      expect(value).toBeLessThanOrEqual(Math.max(...knots) * (1 + 1e-6));
    }
  });

  it("leaves a map as it is for sigma 0", () => {
    const values = Float64Array.of(1, 2, 3, 4);
    expect(smoothed(2, 2, 0)(values)).toEqual(values);
  });

  describe("shared power", () => {
    const power = (channels: number, height: number, width: number, sigma: number): ((values: Float64Array) => readonly number[]) => {
      const run = evaluator(smoothing(height, width, sigma).sharedPower, [{ shape: [1, channels, height, width], dtype: "float32" }]);
      return (values) => [...run(values)];
    };

    it.each([0, 0.7, 2, 3.5])("is the mean square over channels of what is the same everywhere: sigma %d", (sigma) => {
      const values = Float64Array.from({ length: 3 * 20 * 13 }, (_, i) => [0.3, -0.6, 0.9][Math.floor(i / (20 * 13))]!);
      for (const value of power(3, 20, 13, sigma)(values)) expect(value).toBeCloseTo((0.09 + 0.36 + 0.81) / 3, 6);
    });

    it.each([1.5, 2, 3])("leaves 1 / (pi sigma^2) of noise that differs from pixel to pixel: sigma %d", (sigma) => {
      // The power of noise is the sum of those of its pixels: means over where the pixel lies between knots, of sums over the knots around.
      const size = 48;
      const run = power(1, size, size, sigma);
      const places = Array.from({ length: 12 }, (_, i) => 18 + i);
      let sum = 0;
      let knots = 0;
      for (const y of places) {
        for (const x of places) {
          const answer = run(Float64Array.from({ length: size * size }, (_, i) => (i === y * size + x ? 1 : 0)));
          knots = answer.length;
          sum += answer.reduce((a, b) => a + b, 0);
        }
      }
      const leftOver = (sum / places.length ** 2) * ((size * size) / knots);
      expect(leftOver * Math.PI * sigma * sigma).toBeCloseTo(1, 1);
    });

    it("spreads a pixel by the part after squaring, and by half as much as the one before", () => {
      const size = 96;
      const { sharedPower, refine } = smoothing(1, size, 3);
      const run = evaluator((x) => refine(sharedPower(x)), [map(1, size)]);
      let [mass, moment] = [0, 0];
      for (let at = 44; at < 52; at++) {
        const answer = run(Float64Array.from({ length: size }, (_, i) => (i === at ? 1 : 0)));
        mass += answer.reduce((a, b) => a + b, 0);
        moment += answer.reduce((sum, value, i) => sum + value * (i - at) ** 2, 0);
      }
      expect(Math.abs(Math.sqrt(moment / mass / (0.875 * 9)) - 1)).toBeLessThan(0.06);
    });
  });
});
