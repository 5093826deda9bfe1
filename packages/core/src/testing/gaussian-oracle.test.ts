import { describe, expect, it } from "vitest";
import type { Level } from "../contract/denoiser.js";
import type { Aval } from "@leader/graph";
import { levelScalars } from "../schedule/noise-schedule.js";
import { evaluator, norm, normalArray } from "@leader/graph/testing";
import { gaussianOracle } from "./gaussian-oracle.js";
import { maskOperator, poolingOperator } from "./test-operators.js";

const oracle = gaussianOracle({ shape: [1, 2, 4, 4], seed: 3 });
const n = oracle.mean.length;
const scalar: Aval = { shape: [], dtype: "float32" };
const distance = (a: Float64Array, b: Float64Array): number => norm(a.map((value, i) => value - b[i]!));
const times = (matrix: Float64Array, x: Float64Array): Float64Array =>
  Float64Array.from({ length: n }, (_, i) => x.reduce((sum, value, j) => sum + matrix[i * n + j]! * value, 0));

/** A member of the denoiser as a function of x and a schedule index. */
function at(f: (x: Parameters<typeof oracle.denoiser.denoise>[0], level: Level) => Parameters<typeof oracle.denoiser.denoise>[0]) {
  const run = evaluator(
    (x, sqrtAlphaBar, sqrtOneMinusAlphaBar) => f(x, { sqrtAlphaBar, sqrtOneMinusAlphaBar } as Level),
    [oracle.image, scalar, scalar],
  );
  return (x: Float64Array, index: number): Float64Array => {
    const { sqrtAlphaBar, sqrtOneMinusAlphaBar } = levelScalars(oracle.schedule, index);
    return run(x, Float64Array.of(sqrtAlphaBar), Float64Array.of(sqrtOneMinusAlphaBar));
  };
}
const x0At = at((x, level) => oracle.denoiser.denoise(x, level).x0);
const varianceAt = at((x, level) => oracle.denoiser.posteriorVariance!(x, level));

describe("gaussianOracle", () => {
  it("denoises to the posterior mean: (a C + 1 - a) u = x - sqrt(a) m and x0 = m + sqrt(a) C u", () => {
    const x = normalArray(oracle.image, 1, "x");
    for (const index of [1, 100, 500, 1000]) {
      const { alphaBar: a } = levelScalars(oracle.schedule, index);
      const epsilon = at((value, level) => oracle.denoiser.denoise(value, level).epsilon)(x, index);
      const u = epsilon.map((e) => e / Math.sqrt(1 - a));
      const spread = times(oracle.covariance, u);
      const back = u.map((value, i) => a * spread[i]! + (1 - a) * value + Math.sqrt(a) * oracle.mean[i]!);
      // Constants are float32, and epsilon is (x - sqrt(a) x0) / sqrt(1-a).
      expect(distance(back, x) / norm(x)).toBeLessThan(5e-6 / Math.sqrt(1 - a));
      const x0 = spread.map((value, i) => oracle.mean[i]! + Math.sqrt(a) * value);
      expect(distance(x0At(x, index), x0) / norm(x0)).toBeLessThan(5e-6 / Math.sqrt(1 - a));
    }
  });

  it("has the posterior variance ((1-a)/sqrt(a)) dx0/dx, pixel by pixel", () => {
    const x = normalArray(oracle.image, 2, "x");
    for (const index of [20, 300, 900]) {
      const { alphaBar: a } = levelScalars(oracle.schedule, index);
      const variance = varianceAt(x, index);
      const here = x0At(x, index);
      for (let i = 0; i < n; i += 3) {
        const moved = x0At(
          x.map((value, j) => (i === j ? value + 1 : value)),
          index,
        );
        const expected = ((1 - a) / Math.sqrt(a)) * (moved[i]! - here[i]!);
        expect(Math.abs(variance[i]! / expected - 1)).toBeLessThan(1e-4);
      }
    }
  });

  it("draws samples of its own mean and covariance", () => {
    const many = gaussianOracle({ shape: [3000, 2, 4, 4], seed: 3 }).sample(1);
    const deviations = Array.from({ length: 3000 }, (_, k) =>
      Float64Array.from(many.data.subarray(k * n, (k + 1) * n), (value, i) => value - oracle.mean[i]!),
    );
    for (const [i, j] of [
      [0, 0],
      [5, 5],
      [0, 1],
      [3, 19],
    ] as const) {
      const moment = deviations.reduce((sum, d) => sum + d[i]! * d[j]!, 0) / deviations.length;
      expect(Math.abs(moment - oracle.covariance[i * n + j]!)).toBeLessThan(0.02);
    }
    const mean = deviations.reduce((sum, d) => sum + d[7]!, 0) / deviations.length;
    expect(Math.abs(mean)).toBeLessThan(0.04);
  });

  it("knows the posterior of a measurement: the constraint, the optimality condition, and less variance", () => {
    for (const operator of [poolingOperator(oracle.image), maskOperator(oracle.image)]) {
      const apply = evaluator((x) => operator.apply(x), [operator.domain]);
      const adjoint = evaluator((y) => operator.adjoint(y), [operator.range]);
      const y = apply(Float64Array.from(oracle.sample(4).data));
      const hard = oracle.posterior(operator, y, 0);
      expect(distance(apply(hard.mean), y) / norm(y)).toBeLessThan(1e-6);
      const sigma = 0.3;
      const soft = oracle.posterior(operator, y, sigma);
      // mean - m = C A^T (y - A mean) / sigma^2
      const pull = times(oracle.covariance, adjoint(y.map((value, i) => (value - apply(soft.mean)[i]!) / sigma ** 2)));
      expect(
        distance(
          soft.mean.map((value, i) => value - oracle.mean[i]!),
          pull,
        ) / norm(pull),
      ).toBeLessThan(1e-5);
      for (let i = 0; i < n; i++) {
        expect(hard.covariance[i * n + i]!).toBeLessThanOrEqual(soft.covariance[i * n + i]! + 1e-9);
        expect(soft.covariance[i * n + i]!).toBeLessThanOrEqual(oracle.covariance[i * n + i]! + 1e-9);
      }
    }
  });

  it("follows the probability-flow equation: small DDIM steps converge to `flow`, which composes", () => {
    const start = normalArray(oracle.image, 5, "x");
    const walked = (stride: number): Float64Array => {
      let x = start;
      for (let index = 600; index > 200; index -= stride) {
        const [from, to] = [levelScalars(oracle.schedule, index), levelScalars(oracle.schedule, index - stride)];
        const x0 = x0At(x, index);
        const epsilon = x.map((value, i) => (value - from.sqrtAlphaBar * x0[i]!) / from.sqrtOneMinusAlphaBar);
        x = x0.map((value, i) => to.sqrtAlphaBar * value + to.sqrtOneMinusAlphaBar * epsilon[i]!);
      }
      return x;
    };
    const exact = oracle.flow(start, 600, 200);
    const errors = [40, 20, 10].map((stride) => distance(walked(stride), exact));
    expect(errors[1]! / errors[0]!).toBeLessThan(0.6);
    expect(errors[2]! / errors[1]!).toBeLessThan(0.6);
    expect(distance(oracle.flow(oracle.flow(start, 600, 400), 400, 200), exact)).toBeLessThan(1e-12);
  });

  it("differs from seed to seed, takes any batch, and refuses other images", () => {
    expect(gaussianOracle({ shape: oracle.image.shape, seed: 4 }).mean).not.toEqual(oracle.mean);
    expect(oracle.factory.at({ shape: [5, 2, 4, 4], dtype: "float32" }).image.shape[0]).toBe(5);
    expect(() => oracle.factory.at({ shape: [1, 3, 4, 4], dtype: "float32" })).toThrow(
      expect.objectContaining({ code: "LEADER_BAD_ARGUMENT" }),
    );
    expect(() => oracle.posterior(poolingOperator(oracle.image), [1, 2], 0)).toThrow(
      expect.objectContaining({ code: "LEADER_BAD_ARGUMENT" }),
    );
  });
});
