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
import { proximalStep } from "../src/data-step.js";
import { diffpir, type DiffpirOptions } from "../src/diffpir.js";

const published: DiffpirOptions = {
  lambda: 7,
  zeta: 0.3,
  eta: 0,
  guidance: 1,
  smallestNoise: 0.001,
  clip: true,
  start: "interpolated",
  wasteLast: true,
};
/** With skips, as an adaptive scheduler makes them; the other also goes back in time. */
const levels = [1000, 951, 601, 551, 151, 101, 31, 21, 0];
const travelling = [1000, 951, 601, 401, 601, 401, 151, 101, 31, 21, 0];

describe("the noise of a DiffPIR state", () => {
  // A prior that is all but a point: then every step, however long, must give exactly the noise of its level.
  const point = gaussianOracle({ shape: [256, 1, 6, 6], seed: 2, correlation: 0, deviation: [1e-3, 1e-3] });

  it.each([
    ["pooling", {}],
    ["mask", { zeta: 1 }],
    ["circulant", { eta: 1 }],
    ["pooling", { eta: 0.5, zeta: 0 }],
  ] as const)("has the variance of its level after every step: %s, %o", async (name, options) => {
    const operator = testOperators(point.image)[name];
    const baseline = diffpir({ ...published, ...options }, proximalStep(1));
    const result = await walkOracle({ oracle: point, operator, baseline, levels, y: oracleMeasurement(point, operator, 0) });
    const seen = noiseVariances(result, point, levels);
    expect(seen).toHaveLength(levels.length - 2);
    for (const ratio of seen) expect(Math.abs(ratio - 1)).toBeLessThanOrEqual(meanSquareError(result.x.length) + 1e-2);
  });

  it("ends with the noise of timestep 0 where the last evaluation is wasted, and without where it is not", async () => {
    const operator = testOperators(point.image).mask;
    const spread = async (wasteLast: boolean): Promise<number> => {
      const baseline = diffpir({ ...published, wasteLast }, proximalStep(1));
      const { x } = await walkOracle({ oracle: point, operator, baseline, levels: [501, 1, 0], y: oracleMeasurement(point, operator, 0) });
      return Math.sqrt(x.reduce((total, value, i) => total + (value - point.mean[i % point.mean.length]!) ** 2, 0) / x.length);
    };
    expect(await spread(true)).toBeCloseTo(0.01, 3);
    expect(await spread(false)).toBeLessThan(2e-3);
  });
});

describe("the fresh noise that DiffPIR reports", () => {
  const oracle = gaussianOracle({ shape: [128, 1, 6, 6], seed: 1 });

  describe.each([
    ["as it is", {}],
    ["with a modulated prior", { modulator: shrinkingModulator }],
  ] as const)("%s", (_name, parts) => {
    it.each([
      ["pooling", 0, {}],
      ["pooling", 0.1, { start: "noisy-measurement" }],
      ["mask", 0.1, { eta: 1, zeta: 0 }],
    ] as const)(
      "gives the posterior variance by Stein's lemma, also after skips and travel: %s, noise %f, %o",
      async (name, noise, options) => {
        const operator = testOperators(oracle.image)[name];
        const baseline = diffpir({ ...published, ...options }, proximalStep(1));
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
      },
    );
  });

  it("is not there without a fresh share", async () => {
    const operator = testOperators(oracle.image).pooling;
    const silent = diffpir({ ...published, zeta: 0 }, proximalStep(1));
    await expect(
      walkOracle({ oracle, operator, baseline: silent, levels, y: oracleMeasurement(oracle, operator, 0), estimator: steinAgainstExact }),
    ).rejects.toMatchObject({ code: "LEADER_FRESH_NOISE_MISSING" });
  });
});
