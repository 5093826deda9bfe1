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
import { describe, expect, it } from "vitest";
import { ddrm } from "../src/ddrm.js";

const baseline = ddrm({ eta: 0.85, etaB: 1, finalOutput: "x0" });
/** With skips, as an adaptive scheduler makes them; the other also goes back in time. */
const levels = [991, 951, 601, 551, 151, 101, 31, 21, 0];
const travelling = [991, 951, 601, 401, 601, 401, 151, 101, 31, 21, 0];

describe("the noise of a DDRM state", () => {
  // A prior that is all but a point: then every step, however long, must give exactly the noise of its level.
  const point = gaussianOracle({ shape: [256, 1, 6, 6], seed: 2, correlation: 0, deviation: [1e-3, 1e-3] });

  it.each([
    ["pooling", 0],
    ["pooling", 0.05],
    ["mask", 0.2],
    ["blur", 0.02],
    ["circulant", 0.1],
  ] as const)("has the variance of its level after every step: %s, noise %f", async (name, noise) => {
    const operator = testOperators(point.image)[name];
    const result = await walkOracle({ oracle: point, operator, baseline, levels, noise, y: oracleMeasurement(point, operator, noise) });
    const seen = noiseVariances(result, point, levels);
    expect(seen).toHaveLength(levels.length - 2);
    // The prior's own variance is 1e-6.
    for (const ratio of seen) expect(Math.abs(ratio - 1)).toBeLessThanOrEqual(meanSquareError(result.x.length) + 1e-3);
  });
});

describe("the fresh noise that DDRM reports", () => {
  const oracle = gaussianOracle({ shape: [128, 1, 6, 6], seed: 1 });

  describe.each([
    ["as it is", {}],
    ["with a modulated prior", { modulator: shrinkingModulator }],
  ] as const)("%s", (_name, parts) => {
    it.each([
      ["pooling", 0],
      ["pooling", 0.1],
      ["mask", 0.1],
    ] as const)("gives the posterior variance by Stein's lemma, also after skips and travel: %s, noise %f", async (name, noise) => {
      const operator = testOperators(oracle.image)[name];
      const result = await walkOracle({
        oracle,
        operator,
        baseline,
        levels: travelling,
        noise,
        y: oracleMeasurement(oracle, operator, noise),
        estimator: steinAgainstExact,
        ...parts,
      });
      expectSteinLemma(result);
    });
  });

  it("is not there without a fresh share", async () => {
    const operator = testOperators(oracle.image).pooling;
    const silent = ddrm({ eta: 0, etaB: 1, finalOutput: "x0" });
    await expect(
      walkOracle({ oracle, operator, baseline: silent, levels, y: oracleMeasurement(oracle, operator, 0), estimator: steinAgainstExact }),
    ).rejects.toMatchObject({ code: "LEADER_FRESH_NOISE_MISSING" });
  });
});
