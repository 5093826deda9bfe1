import { linearOperator, type LinearOperator } from "@leader/core";
import {
  evaluator,
  gaussianOracle,
  oracleMeasurement,
  relativeError,
  restatedGuidance,
  testOperators,
  walkOracle,
  withLearnedVariance,
} from "@leader/core/testing";
import { describe, expect, it } from "vitest";
import { cutoffAt, fgps, type FgpsOptions } from "../src/fgps.js";

const oracle = withLearnedVariance(gaussianOracle({ shape: [1, 1, 8, 8], seed: 3, deviation: [0.3, 0.9] }));
const { image } = oracle;
const operators = testOperators(image);
const levels = [1000, 999, 801, 401, 351, 91, 11, 1, 0];
const standard: FgpsOptions = {
  scaleStart: 0.1,
  scaleEnd: 0.02,
  cutoffStart: 20,
  cutoffEnd: 150,
  cutoff: "exponential",
  mode: "corrected",
  clip: true,
  variance: "posterior",
};

/** Keeps the Fourier coefficients of a picture below a cut-off, by the sums of the transform and its inverse. */
function filtered(r: Float64Array, side: number, cutoff: number): Float64Array {
  const result = new Float64Array(r.length);
  const half = side / 2;
  for (let fy = -half; fy < half; fy++) {
    for (let fx = -half; fx < half; fx++) {
      if (Math.hypot(fx, fy) * (256 / 8) >= cutoff) continue;
      const phase = (p: number, q: number): number =>
        (2 * Math.PI * (fy * (Math.floor(p / side) - Math.floor(q / side)) + fx * ((p % side) - (q % side)))) / side;
      for (let p = 0; p < r.length; p++) for (let q = 0; q < r.length; q++) result[p]! += (r[q]! * Math.cos(phase(p, q))) / r.length;
    }
  }
  return result;
}

/** FGPS from the equations of the specification; p counts from timestep 999 to 0. */
function restated(operator: LinearOperator, y: Float64Array, options: FgpsOptions): Float64Array {
  const p = (from: number): number => (999 - (from - 1)) / 999;
  const { scaleStart, scaleEnd, cutoffStart, cutoffEnd } = options;
  const cutoff = (from: number): number =>
    options.cutoff === "linear"
      ? cutoffStart + (cutoffEnd - cutoffStart) * p(from)
      : cutoffEnd - (cutoffEnd - cutoffStart) * Math.exp(-5 * p(from));
  return restatedGuidance(
    { oracle, operator, y, levels, seed: 5 },
    {
      ...options,
      scale: (from) => (scaleStart + scaleEnd) / 2 + ((scaleStart - scaleEnd) / 2) * Math.cos(Math.PI * p(from)),
      filter: (r, from) => filtered(r, operator.range.shape[2]!, cutoff(from)),
    },
  );
}

describe.each<readonly [string, Partial<FgpsOptions>]>([
  ["corrected", {}],
  ["faithful, linear", { mode: "faithful", scaleStart: 0.6, scaleEnd: 0.2, cutoff: "linear" }],
  ["unclipped, larger variance", { clip: false, variance: "upper" }],
  ["learned variance", { variance: "learned" }],
])("%s", (_name, changes) => {
  const options = { ...standard, ...changes };
  it.each(Object.entries(operators))("follows its equations over a whole trajectory: %s", async (_operator, operator) => {
    const y = Float64Array.from(oracleMeasurement(oracle, operator, 0.05));
    const { x, evaluations } = await walkOracle({ oracle, baseline: fgps(options), operator, noise: 0.05, levels, seed: 5, y });
    expect(relativeError(x, restated(operator, y, options))).toBeLessThanOrEqual(1e-4);
    expect(evaluations).toBe(levels.length - 1);
  });
});

it("opens the band as published", () => {
  const published = { ...standard, cutoffStart: 10, cutoffEnd: 75 };
  const at = evaluator((p) => cutoffAt(p, published), [{ shape: [], dtype: "float32" }]);
  const cutoffs = [999, 900, 800, 500, 0].map((timestep) => at(Float64Array.of((999 - timestep) / 999))[0]!);
  [10, 35.4, 51.0, 69.65, 74.56].forEach((value, i) => expect(cutoffs[i]).toBeCloseTo(value, 1));
});

it("refuses a measurement that is no picture", async () => {
  const { mask } = operators;
  const listed = linearOperator({ name: "list", domain: image, apply: (x) => mask.apply(x).reshape([1, 64]) });
  const walk = walkOracle({ oracle, baseline: fgps(standard), operator: listed, levels });
  await expect(walk).rejects.toMatchObject({ code: "LEADER_BAD_ARGUMENT" });
});
