import {
  expectSteinLemma,
  gaussianOracle,
  oracleMeasurement,
  shrinkingModulator,
  steinAgainstExact,
  testOperators,
  walkOracle,
} from "@leader/core/testing";
import { expect, it } from "vitest";
import { dcdp } from "../src/dcdp.js";

const oracle = gaussianOracle({ shape: [96, 1, 6, 6], seed: 1 });
/** With skips, as an adaptive scheduler makes them, and a journey back. */
const levels = [1000, 901, 601, 401, 601, 301, 101, 31, 0];

it.each([
  ["mask", 0.05, {}],
  ["pooling", 0, { modulator: shrinkingModulator }],
] as const)("the fresh noise that DCDP reports gives the posterior variance by Stein's lemma: %s, noise %f", async (name, noise, parts) => {
  const operator = testOperators(oracle.image)[name];
  const baseline = dcdp({ mode: "corrected", iterations: 4, stepSize: 0.5, momentum: 0.9, evaluations: 2 });
  const y = oracleMeasurement(oracle, operator, noise);
  const result = await walkOracle({ oracle, operator, baseline, levels, noise, y, estimator: steinAgainstExact, ...parts });
  expectSteinLemma(result);
  expect(result.evaluations).toBe(2 * 7);
});
