import {
  evaluator,
  expectSteinLemma,
  gaussianOracle,
  meanSquareError,
  noiseVariances,
  oracleMeasurement,
  shrinkingModulator,
  steinAgainstExact,
  testOperators,
  walkOracle,
  type TestOperators,
} from "@leader/core/testing";
import { describe, expect, it } from "vitest";
import { ddpg, type DdpgOptions } from "../src/ddpg.js";
import { idpg } from "../src/idpg.js";

const published: DdpgOptions = {
  gamma: 8,
  zeta: 0.5,
  etaTilde: 0.7,
  leastSquaresScale: 1,
  stepMode: 1,
  iterations: 30,
  finalOutput: "published",
  legacyRegularisation: false,
};
/** With skips, as an adaptive scheduler makes them; the other also goes back in time. */
const levels = [991, 951, 601, 551, 151, 101, 31, 21, 0];
const travelling = [991, 951, 601, 401, 601, 401, 151, 101, 31, 21, 0];

describe("the noise of a DDPG state", () => {
  // A prior that is all but a point: then every step, however long, must give exactly the noise that the method states.
  const point = gaussianOracle({ shape: [256, 1, 6, 6], seed: 2, correlation: 0, deviation: [1e-3, 1e-3] });

  async function varianceRatios(name: keyof TestOperators, noise: number, options: DdpgOptions): Promise<readonly number[]> {
    const operator = testOperators(point.image)[name];
    const y = oracleMeasurement(point, operator, noise);
    return noiseVariances(await walkOracle({ oracle: point, operator, baseline: ddpg(options), levels, noise, y }), point, levels);
  }
  const tolerance = meanSquareError(256 * 36) + 1e-2;

  it.each([
    ["pooling", {}],
    ["mask", { zeta: 1, stepMode: 0 }],
    ["circulant", { zeta: 0 }],
  ] as const)("has the variance of its level after every step without measurement noise: %s, %o", async (name, options) => {
    const ratios = await varianceRatios(name, 0, { ...published, ...options });
    expect(ratios).toHaveLength(levels.length - 2);
    for (const ratio of ratios) expect(Math.abs(ratio - 1)).toBeLessThanOrEqual(tolerance);
  });

  it("has zeta + (1-zeta) w^2 r of it with measurement noise, where r is what the state before had", async () => {
    // An operator of small gain, so that the measurement's own noise hardly reaches the image: only the noise terms are left.
    const ratios = await varianceRatios("mask", 1e-4, { ...published, stepMode: 0 });
    let before = 1;
    ratios.forEach((ratio, i) => {
      const w = point.schedule.alphaBar[levels[i + 1]!]! ** published.gamma;
      expect(Math.abs(ratio - (0.5 + 0.5 * w ** 2 * before))).toBeLessThanOrEqual(tolerance);
      before = ratio;
    });
  });
});

describe("the fresh noise that DDPG reports", () => {
  const oracle = gaussianOracle({ shape: [128, 1, 6, 6], seed: 1 });

  describe.each([
    ["as it is", {}],
    ["with a modulated prior", { modulator: shrinkingModulator }],
  ] as const)("%s", (_name, parts) => {
    it.each([
      ["pooling", 0],
      ["mask", 0.1],
    ] as const)("gives the posterior variance by Stein's lemma, also after skips and travel: %s, noise %f", async (name, noise) => {
      const operator = testOperators(oracle.image)[name];
      const result = await walkOracle({
        oracle,
        operator,
        baseline: ddpg(published),
        levels: travelling,
        noise,
        y: oracleMeasurement(oracle, operator, noise),
        estimator: steinAgainstExact,
        ...parts,
      });
      expectSteinLemma(result);
    });
  });

  it.each([
    ["ddpg without a fresh share", ddpg({ ...published, zeta: 0 })],
    ["idpg", idpg(published)],
  ] as const)("is not there: %s", async (_name, silent) => {
    const operator = testOperators(oracle.image).pooling;
    const run = walkOracle({
      oracle,
      operator,
      baseline: silent,
      levels,
      y: oracleMeasurement(oracle, operator, 0),
      estimator: steinAgainstExact,
    });
    await expect(run).rejects.toMatchObject({ code: "LEADER_FRESH_NOISE_MISSING" });
  });
});

describe("the guidance of DDPG", () => {
  it("shrinks a noise-free residual by eta / (s^2 + eta) per component in one full step", async () => {
    const oracle = gaussianOracle({ shape: [1, 1, 8, 8], seed: 3 });
    const { blur, circulant } = testOperators(oracle.image);
    for (const operator of [blur, circulant]) {
      const svd = operator.svd!;
      const y = oracleMeasurement(oracle, operator, 0);
      const walked = { oracle, operator, levels: [501, 0], y };
      const { x: x0 } = await walkOracle({ ...walked, baseline: ddpg({ ...published, stepMode: 0, finalOutput: "x0" }) });
      const { x: xg } = await walkOracle({ ...walked, baseline: ddpg({ ...published, stepMode: 0, finalOutput: "guided" }) });
      const measured = { ...operator.range, data: y };
      const residual = evaluator((x) => svd.ut(operator.apply(x).sub(x.trace.constant(measured))), [operator.domain]);
      const [before, after] = [residual(x0), residual(xg)];
      const s = svd.singularValues.data;
      before.forEach((value, i) => {
        if (s[i]! > 0) expect(Math.abs(after[i]! - (value * 1e-4) / (s[i]! ** 2 + 1e-4))).toBeLessThanOrEqual(1e-5);
      });
    }
  });
});
