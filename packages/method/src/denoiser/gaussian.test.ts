import { levelScalars, linearBetaSchedule, normals, trace, type Aval } from "@leader/core";
import { interpret } from "@leader/graph/reference";
import { constantLevel, createStage } from "@leader/core/testing";
import { describe, expect, it } from "vitest";
import { cosineBasis } from "./cosine-basis.js";
import { gaussian, gaussianPrior } from "./gaussian.js";

const image: Aval = { shape: [1, 2, 5, 4], dtype: "float32" };
const size = 40;
const schedule = linearBetaSchedule();
const x = {
  shape: image.shape,
  dtype: "float32" as const,
  data: Float32Array.from(normals({ seed: 5, image: 0, step: 0, name: "x" }, size)),
};

function run(factory: ReturnType<typeof gaussianPrior>, index: number): readonly Float64Array[] {
  const denoiser = factory.at(image);
  const graph = trace(
    (state) => {
      const level = constantLevel(state.trace, schedule, index);
      const { x0, epsilon } = denoiser.denoise(state, level);
      return [x0, epsilon, denoiser.posteriorVariance!(state, level)];
    },
    [image],
  );
  return interpret(graph, [x]).map(({ data }) => Float64Array.from(data));
}

/** The dense covariance of one channel that the options describe. */
function covariance(deviation: number, decay: number): number[][] {
  const [rows, columns] = [cosineBasis(5), cosineBasis(4)];
  const power = Array.from({ length: 20 }, (_, k) => Math.max(1, Math.hypot(Math.floor(k / 4) / 2, (k % 4) / 2)) ** (-2 * decay));
  const mean = power.reduce((a, b) => a + b) / 20;
  const basis = (k: number, p: number): number => rows[Math.floor(k / 4) * 5 + Math.floor(p / 4)]! * columns[(k % 4) * 4 + (p % 4)]!;
  return Array.from({ length: 20 }, (_, p) =>
    Array.from({ length: 20 }, (_, q) =>
      power.reduce((sum, value, k) => sum + ((value * deviation ** 2) / mean) * basis(k, p) * basis(k, q), 0),
    ),
  );
}

/** Solves a small symmetric system by elimination. */
function solve(matrix: readonly (readonly number[])[], right: readonly number[]): number[] {
  const rows = matrix.map((row, i) => [...row, right[i]!]);
  rows.forEach((pivot, i) => {
    for (const row of rows.slice(i + 1)) {
      const factor = row[i]! / pivot[i]!;
      row.forEach((_, j) => (row[j]! -= factor * pivot[j]!));
    }
  });
  for (let i = rows.length - 1; i >= 0; i--) {
    rows[i]![rows.length] =
      (rows[i]![rows.length]! - rows[i]!.slice(i + 1, -1).reduce((sum, a, j) => sum + a * rows[i + 1 + j]![rows.length]!, 0)) /
      rows[i]![i]!;
  }
  return rows.map((row) => row.at(-1)!);
}

describe("the Gaussian prior", () => {
  it.each([1, 100, 500, 1000])("is the exact posterior of its dense covariance at level %i", (index) => {
    const { sqrtAlphaBar, sqrtOneMinusAlphaBar, sigma } = levelScalars(schedule, index);
    const [mean, deviation, decay] = [0.1, 0.5, 1.2];
    const [x0, epsilon, variance] = run(gaussianPrior({ schedule, mean, deviation, decay }), index);
    const c = covariance(deviation, decay);
    const noisy = c.map((row, i) => row.map((value, j) => value + (i === j ? sigma ** 2 : 0)));
    for (const channel of [0, 1]) {
      const at = (i: number): number => channel * 20 + i;
      const centred = Array.from({ length: 20 }, (_, i) => x.data[at(i)]! / sqrtAlphaBar - mean);
      const weights = solve(noisy, centred);
      c.forEach((row, i) => {
        const expected = mean + row.reduce((sum, value, j) => sum + value * weights[j]!, 0);
        expect(Math.abs(x0![at(i)]! - expected)).toBeLessThan(1e-5);
        expect(Math.abs(epsilon![at(i)]! - sigma * weights[i]!)).toBeLessThan(1e-4);
        // x = sqrt(alphaBar) x0 + sqrt(1 - alphaBar) epsilon, within float32
        expect(Math.abs(sqrtAlphaBar * x0![at(i)]! + sqrtOneMinusAlphaBar * epsilon![at(i)]! - x.data[at(i)]!)).toBeLessThan(1e-5);
        const explained = solve(noisy, row).reduce((sum, value, j) => sum + value * row[j]!, 0);
        expect(Math.abs(variance![at(i)]! - (row[i]! - explained))).toBeLessThan(1e-5);
      });
    }
  });

  it("takes a variance per pixel", () => {
    const variance = { shape: [1, 1, 5, 4], dtype: "float32" as const, data: Float32Array.from({ length: 20 }, (_, i) => 0.01 * (i + 1)) };
    const [x0, , posterior] = run(gaussianPrior({ schedule, mean: 0, deviation: 1, decay: 0, variance }), 400);
    const { sqrtAlphaBar, sigma } = levelScalars(schedule, 400);
    for (let i = 0; i < size; i++) {
      const v = 0.01 * ((i % 20) + 1);
      expect(x0![i]).toBeCloseTo(((v / (v + sigma ** 2)) * x.data[i]!) / sqrtAlphaBar, 5);
      expect(posterior![i]).toBeCloseTo((v * sigma ** 2) / (v + sigma ** 2), 6);
    }
  });

  it("is a stage with defaults", async () => {
    const denoiser = (await createStage(gaussian, {})).at(image);
    expect(denoiser.schedule.length).toBe(1001);
    expect(denoiser.posteriorVariance).toBeDefined();
  });
});
