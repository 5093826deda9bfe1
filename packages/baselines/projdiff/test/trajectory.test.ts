import { linearOperator, type LinearOperator, type UpdateRule } from "@leader/core";
import {
  gaussianOracle,
  meanSquareError,
  noiseVariances,
  oracleMeasurement,
  relativeError,
  testOperators,
  walkOracle,
  type RestatedWalk,
} from "@leader/core/testing";
import { describe, expect, it } from "vitest";
import { projdiffScalar } from "../src/projdiff-scalar.js";
import { projdiff } from "../src/projdiff.js";
import { noiseFreeRestated, scalarRestated, spectralRestated } from "./restated.js";

const oracle = gaussianOracle({ shape: [1, 1, 8, 8], seed: 3 });
const operators = testOperators(oracle.image);
/** Crosses the level of the measurements below, which lies near indices 20 to 130. */
const levels = [991, 801, 401, 351, 91, 31, 11, 1, 0];

async function run(baseline: UpdateRule, task: RestatedWalk): Promise<Float64Array> {
  const { x, evaluations } = await walkOracle({ ...task, baseline });
  expect(evaluations).toBe(levels.length);
  return x;
}

const taskOn = (operator: LinearOperator, noise: number): RestatedWalk => ({
  oracle,
  levels,
  operator,
  noise,
  seed: 5,
  y: oracleMeasurement(oracle, operator, noise),
});

describe("ProjDiff follows its equations over a whole trajectory", () => {
  it.each([
    ["pooling", 1.7],
    ["mask", 1],
    ["blur", 0.8],
    ["circulant", 0.9],
  ] as const)("noise-free: %s, step %f", async (name, stepSize) => {
    const options = { stepSize, eta: 0, spectral: false };
    const task = taskOn(operators[name], 0);
    expect(relativeError(await run(projdiff(options), task), noiseFreeRestated(options, task))).toBeLessThanOrEqual(1e-4);
  });

  it.each([
    ["pooling", 0.5, 0.05, { stepSize: 0.4, eta: 0 }],
    ["pooling", 0.5, 0.01, { stepSize: 1.5, eta: 0.6 }],
    ["mask", 1, 0.05, { stepSize: 1.1, eta: 0 }],
    ["mask", 1, 0.5, { stepSize: 0.5, eta: 1 }],
  ] as const)("noisy, one singular value: %s of %f, noise %f, %o", async (name, s, noise, options) => {
    const task = taskOn(operators[name], noise);
    const expected = scalarRestated(options, s, task);
    expect(relativeError(await run(projdiff({ ...options, spectral: false }), task), expected)).toBeLessThanOrEqual(1e-4);
    expect(relativeError(await run(projdiffScalar({ ...options, singularValue: s }), task), expected)).toBeLessThanOrEqual(1e-4);
  });

  it.each([
    ["blur", 0.01, { stepSize: 0.1, eta: 0 }],
    ["blur", 0.1, { stepSize: 0.5, eta: 0.7 }],
    ["circulant", 0.05, { stepSize: 1, eta: 0 }],
    ["pooling", 0.05, { stepSize: 0.4, eta: 0 }],
  ] as const)("noisy, by singular values: %s, noise %f, %o", async (name, noise, options) => {
    const task = taskOn(operators[name], noise);
    expect(relativeError(await run(projdiff({ ...options, spectral: true }), task), spectralRestated(options, task))).toBeLessThanOrEqual(
      1e-4,
    );
  });

  it("chooses by the operator: many singular values need the spectral variant", async () => {
    const task = taskOn(operators.blur, 0.05);
    const options = { stepSize: 0.5, eta: 0 };
    expect(await run(projdiff({ ...options, spectral: false }), task)).toEqual(await run(projdiff({ ...options, spectral: true }), task));
  });
});

describe("the states of ProjDiff above the noise of the measurement", () => {
  it("have variance 1-a around sqrt(a) x for A = 1, whatever the prior", async () => {
    const wide = gaussianOracle({ shape: [256, 1, 6, 6], seed: 1 });
    const same = (x: Parameters<LinearOperator["apply"]>[0]) => x.mul(1);
    const identity = linearOperator({ name: "identity", domain: wide.image, apply: same, pinv: same });
    const noise = 0.1;
    const truth = Float64Array.from(wide.sample(7).data);
    const walked = [991, 901, 601, 551, 301, 0];
    const baseline = projdiffScalar({ stepSize: 1, eta: 0, singularValue: 1 });
    const y = oracleMeasurement(wide, identity, noise);
    const result = await walkOracle({ oracle: wide, operator: identity, baseline, levels: walked, noise, y });
    const ratios = noiseVariances(result, { ...wide, mean: truth }, walked);
    expect(ratios).toHaveLength(walked.length - 2);
    for (const ratio of ratios) expect(Math.abs(ratio - 1)).toBeLessThanOrEqual(meanSquareError(result.x.length));
  });
});
