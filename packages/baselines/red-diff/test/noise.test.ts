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
import { redDiff, type RedDiffOptions } from "../src/red-diff.js";

const oracle = gaussianOracle({ shape: [128, 1, 6, 6], seed: 1 });
const options: RedDiffOptions = {
  mode: "corrected",
  lambda: 0.25,
  weighting: "linear",
  observationWeight: 1,
  rate: 0.1,
  beta1: 0.9,
  beta2: 0.99,
  perturbation: 0.05,
  start: "pseudo-inverse",
};
/** With skips, as an adaptive scheduler makes them, and a journey back. */
const levels = [1000, 901, 601, 401, 601, 301, 101, 31, 0];

it.each([
  ["mask", 0.05, {}],
  ["pooling", 0, { modulator: shrinkingModulator }],
] as const)(
  "the fresh noise that RED-diff reports gives the posterior variance by Stein's lemma: %s, noise %f",
  async (name, noise, parts) => {
    const operator = testOperators(oracle.image)[name];
    const y = oracleMeasurement(oracle, operator, noise);
    expectSteinLemma(
      await walkOracle({ oracle, operator, baseline: redDiff(options), levels, noise, y, estimator: steinAgainstExact, ...parts }),
    );
  },
);

it("a modulated estimate changes the optimisation", async () => {
  const operator = testOperators(oracle.image).mask;
  const task = { oracle, operator, baseline: redDiff(options), levels, noise: 0.05, y: oracleMeasurement(oracle, operator, 0.05) };
  const { x } = await walkOracle({ ...task, estimator: steinAgainstExact });
  const modulated = await walkOracle({ ...task, estimator: steinAgainstExact, modulator: shrinkingModulator });
  expect(modulated.x).not.toEqual(x);
});
