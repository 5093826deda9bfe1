import {
  expectSteinLemma,
  gaussianOracle,
  meanSquareError,
  noiseVariances,
  oracleMeasurement,
  shrinkingModulator,
  steinAgainstExact,
  testOperators,
  walkOracle,
} from "@leader/core/testing";
import { expect, it } from "vitest";
import { cddb, type CddbOptions } from "../src/cddb.js";

const options: CddbOptions = { mode: "corrected", stepSize: 1, clip: true, variance: "posterior" };
/** With skips, as an adaptive scheduler makes them, and a journey back. */
const levels = [1000, 901, 601, 401, 601, 301, 101, 31, 0];

it("has the noise of its level after every step, however long", async () => {
  // A prior that is all but a point.
  const point = gaussianOracle({ shape: [256, 1, 6, 6], seed: 2, correlation: 0, deviation: [1e-3, 1e-3] });
  const operator = testOperators(point.image).mask;
  const falling = [1000, 951, 601, 551, 151, 31, 0];
  const result = await walkOracle({
    oracle: point,
    operator,
    baseline: cddb(options),
    levels: falling,
    y: oracleMeasurement(point, operator, 0),
  });
  for (const ratio of noiseVariances(result, point, falling))
    expect(Math.abs(ratio - 1)).toBeLessThanOrEqual(meanSquareError(result.x.length) + 1e-2);
});

it.each([
  ["mask", 0.05, {}],
  ["pooling", 0, { modulator: shrinkingModulator }],
] as const)("the fresh noise that CDDB reports gives the posterior variance by Stein's lemma: %s, noise %f", async (name, noise, parts) => {
  const oracle = gaussianOracle({ shape: [128, 1, 6, 6], seed: 1 });
  const operator = testOperators(oracle.image)[name];
  const y = oracleMeasurement(oracle, operator, noise);
  expectSteinLemma(
    await walkOracle({ oracle, operator, baseline: cddb(options), levels, noise, y, estimator: steinAgainstExact, ...parts }),
  );
});
