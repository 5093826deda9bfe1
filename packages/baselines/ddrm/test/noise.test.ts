import { gaussianOracle } from "@leader/core/testing";
import { describe, expect, it } from "vitest";
import { ddrm } from "../src/ddrm.js";
import { measurement, operatorsAt, shrinking, steinAgainstExact, walk } from "./oracle-walk.js";

const baseline = ddrm({ eta: 0.85, etaB: 1, finalOutput: "x0" });
/** With skips, as an adaptive scheduler makes them; the last pair goes back in time. */
const levels = [991, 951, 601, 551, 151, 101, 31, 21, 0];
const travelling = [991, 601, 401, 601, 401, 0];

describe("the noise of a DDRM state", () => {
  // A prior that is all but a point: then every step, however long, must give exactly the noise of its level.
  const point = gaussianOracle({ shape: [512, 1, 6, 6], seed: 2, correlation: 0, deviation: [1e-3, 1e-3] });

  it.each([
    ["pooling", 0],
    ["pooling", 0.05],
    ["mask", 0.2],
    ["blur", 0.02],
    ["circulant", 0.1],
  ] as const)("has the variance of its level after every step: %s, noise %f", async (name, noise) => {
    const operator = operatorsAt(point.image)[name]!;
    const seen: number[] = [];
    const see = (step: number, { data }: { readonly data: ArrayLike<number> }): void => {
      const a = point.schedule.alphaBar[levels[step + 1]!]!;
      if (a === 1) return;
      const squares = Array.from(data, (value, i) => (value - Math.sqrt(a) * point.mean[i % point.mean.length]!) ** 2);
      seen.push(squares.reduce((p, q) => p + q, 0) / squares.length / (1 - a));
    };
    await walk({ oracle: point, operator, baseline, levels, noise, y: measurement(point, operator, noise), see });
    expect(seen).toHaveLength(levels.length - 2);
    // Five standard deviations of the mean of 18432 squares; the prior's own variance is 1e-6.
    for (const ratio of seen) expect(Math.abs(ratio - 1)).toBeLessThanOrEqual(5 * Math.sqrt(2 / 18432) + 1e-3);
  });
});

describe("the fresh noise that DDRM reports", () => {
  const oracle = gaussianOracle({ shape: [128, 1, 6, 6], seed: 1 });

  describe.each([
    ["as it is", {}],
    ["with a modulated prior", { modulator: shrinking }],
  ] as const)("%s", (_name, parts) => {
    it.each([
      ["pooling", 0],
      ["pooling", 0.1],
      ["mask", 0.1],
    ] as const)("gives the posterior variance by Stein's lemma, also after skips and travel: %s, noise %f", async (name, noise) => {
      const operator = operatorsAt(oracle.image)[name]!;
      for (const walked of [levels, travelling]) {
        const { steps } = await walk({
          oracle,
          operator,
          baseline,
          levels: walked,
          noise,
          y: measurement(oracle, operator, noise),
          estimator: steinAgainstExact,
          ...parts,
        });
        for (const { step, observed } of steps) {
          const [mean, error, exact] = [observed["uncertainty"]!, observed["uncertainty.standardError"]!, observed["exact"]!];
          expect(Math.abs(mean - exact), `step ${step}: ${mean} +- ${error}, exactly ${exact}`).toBeLessThanOrEqual(5 * error);
        }
      }
    });
  });

  it("is not there without a fresh share", async () => {
    const operator = operatorsAt(oracle.image)["pooling"]!;
    const silent = ddrm({ eta: 0, etaB: 1, finalOutput: "x0" });
    await expect(
      walk({ oracle, operator, baseline: silent, levels, y: measurement(oracle, operator, 0), estimator: steinAgainstExact }),
    ).rejects.toMatchObject({ code: "LEADER_FRESH_NOISE_MISSING" });
  });
});
