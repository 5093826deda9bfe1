import {
  describeNoise,
  gaussianOracle,
  oracleMeasurement,
  shrinkingModulator,
  skippingLevels,
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
describeNoise("RED-diff", {
  first: 1000,
  reports: [
    { operator: "mask", noise: 0.05, baseline: redDiff(options) },
    { operator: "pooling", noise: 0, baseline: redDiff(options) },
  ],
});

it("a modulated estimate changes the optimisation", async () => {
  const operator = testOperators(oracle.image).mask;
  const task = {
    oracle,
    operator,
    baseline: redDiff(options),
    levels: skippingLevels(1000),
    noise: 0.05,
    y: oracleMeasurement(oracle, operator, 0.05),
  };
  const { x } = await walkOracle({ ...task, uncertainty: steinAgainstExact });
  const modulated = await walkOracle({ ...task, uncertainty: steinAgainstExact, modulator: shrinkingModulator });
  expect(modulated.x).not.toEqual(x);
});
