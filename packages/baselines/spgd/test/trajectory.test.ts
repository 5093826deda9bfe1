import { karrasSteps, type LinearOperator } from "@leader/core";
import {
  denseOperator,
  drawnNoise,
  gaussianOracle,
  oracleMeasurement,
  oracleNetwork,
  relativeError,
  steinAgainstExact,
  testOperators,
  walkOracle,
  weightedSum,
} from "@leader/core/testing";
import { describe, expect, it } from "vitest";
import { spgd, type SpgdOptions } from "../src/spgd.js";

const oracle = gaussianOracle({ shape: [1, 2, 6, 6], seed: 3, deviation: [0.3, 0.9] });
const { image, schedule } = oracle;
const n = 36;
const levels = karrasSteps(schedule, { steps: 6, sigmaMax: 100, sigmaMin: 0.1, rho: 7 });
const standard: SpgdOptions = {
  mode: "corrected",
  rate: 0.8,
  rateRatio: 0.01,
  evaluations: 4,
  momentum: 0.9,
  sigmaMax: 100,
  sigmaMin: 0.1,
};

/** c: the mean over pixels of the cosine over the two channels. */
const cosine = (a: Float64Array, b: Float64Array): number => {
  let sum = 0;
  for (let i = 0; i < n; i++) {
    const dot = a[i]! * b[i]! + a[i + n]! * b[i + n]!;
    sum += dot / (Math.hypot(a[i]!, a[i + n]!) * Math.hypot(b[i]!, b[i + n]!));
  }
  return sum / n;
};

/** SPGD on v = x / sqrt(a), from the equations of the specification. */
function restated(operator: LinearOperator, y: Float64Array, options: SpgdOptions, walked: readonly number[]): Float64Array {
  const network = oracleNetwork(oracle);
  const dense = denseOperator(operator);
  const sigmaOf = (index: number): number => Math.sqrt((1 - schedule.alphaBar[index]!) / schedule.alphaBar[index]!);
  const first = sigmaOf(walked[0]!);
  let v: Float64Array = drawnNoise("init", 0, image.shape, 5).map((z) => first * z);
  for (let k = 0; k < walked.length - 1; k++) {
    const [from, sigma, next] = [walked[k]!, sigmaOf(walked[k]!), sigmaOf(walked[k + 1]!)];
    const root = Math.sqrt(schedule.alphaBar[from]!);
    const estimate = (at: Float64Array): Float64Array =>
      network(
        at.map((value) => root * value),
        from,
      ).x0;
    const offset = estimate(new Float64Array(2 * n));
    const position = (sigma ** (1 / 7) - 100 ** (1 / 7)) / (0.1 ** (1 / 7) - 100 ** (1 / 7));
    const rate = options.rate * (1 + Math.min(1, Math.max(0, position)) * (options.rateRatio - 1));
    let remembered: Float64Array | undefined;
    for (let j = 0; j < options.evaluations; j++) {
      const d = estimate(v);
      const r = weightedSum([1, dense.apply(d)], [-1, y]);
      // The optimal network of a Gaussian is affine with a symmetric matrix.
      const g = weightedSum([2, estimate(dense.adjoint(r))], [-2, offset]);
      const share = remembered === undefined || options.mode === "faithful" ? 0 : (options.momentum * (cosine(g, remembered) + 1)) / 2;
      const followed: Float64Array = remembered === undefined ? g : weightedSum([share, remembered], [1 - share, g]);
      remembered = followed;
      const before: Float64Array = v;
      v = weightedSum([1, v], [-rate, followed]);
      if (j === options.evaluations - 1) v = weightedSum([1, v], [1 - next / sigma, d], [-(1 - next / sigma), before]);
    }
  }
  return v;
}

describe.each<readonly [string, Partial<SpgdOptions>]>([
  ["corrected", {}],
  ["faithful", { mode: "faithful" }],
  ["one evaluation, another rate", { evaluations: 1, rate: 1.5, rateRatio: 0.2 }],
])("%s", (_name, changes) => {
  const options = { ...standard, ...changes };
  it.each(Object.entries(testOperators(image)))("follows its equations over a whole trajectory: %s", async (_operator, operator) => {
    const y = Float64Array.from(oracleMeasurement(oracle, operator, 0.05));
    for (const walked of [levels, [999, 700, 40, 7, 0]]) {
      const { x, evaluations } = await walkOracle({ oracle, baseline: spgd(options), operator, noise: 0.05, levels: walked, seed: 5, y });
      expect(relativeError(x, restated(operator, y, options, walked))).toBeLessThanOrEqual(1e-4);
      expect(evaluations).toBe(options.evaluations * (walked.length - 1));
    }
  });
});

it("offers no fresh noise", async () => {
  const walk = walkOracle({ oracle, baseline: spgd(standard), levels, uncertainty: steinAgainstExact });
  await expect(walk).rejects.toMatchObject({ code: "LEADER_FRESH_NOISE_MISSING" });
});

it("stops where the rate is too long for the operator, and names the baseline", async () => {
  const operator = testOperators(image).mask;
  const baseline = spgd({ ...standard, rate: 1e6, evaluations: 50 });
  const y = oracleMeasurement(oracle, operator, 0.05);
  const walk = walkOracle({ oracle, baseline, operator, noise: 0.05, levels, y });
  await expect(walk).rejects.toMatchObject({ code: "LEADER_STAGE_NOT_FINITE" });
});
