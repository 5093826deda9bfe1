import { gaussianOracle } from "@leader/core/testing";
import { describe, expect, it } from "vitest";
import { proximalStep } from "../src/data-step.js";
import { diffpir, type DiffpirOptions } from "../src/diffpir.js";
import { measurement, operatorsAt, shrinking, steinAgainstExact, walk } from "./oracle-walk.js";

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
/** With skips, as an adaptive scheduler makes them; the other goes back in time. */
const levels = [1000, 951, 601, 551, 151, 101, 31, 21, 0];
const travelling = [1000, 601, 401, 601, 401, 0];

describe("the noise of a DiffPIR state", () => {
  // A prior that is all but a point: then every step, however long, must give exactly the noise of its level.
  const point = gaussianOracle({ shape: [512, 1, 6, 6], seed: 2, correlation: 0, deviation: [1e-3, 1e-3] });

  it.each([
    ["pooling", {}],
    ["mask", { zeta: 1 }],
    ["circulant", { eta: 1 }],
    ["pooling", { eta: 0.5, zeta: 0 }],
  ] as const)("has the variance of its level after every step: %s, %o", async (name, options) => {
    const operator = operatorsAt(point.image)[name]!;
    const baseline = diffpir({ ...published, ...options }, proximalStep(1));
    const seen: number[] = [];
    const see = (step: number, { data }: { readonly data: ArrayLike<number> }): void => {
      const a = point.schedule.alphaBar[levels[step + 1]!]!;
      if (a === 1) return;
      const squares = Array.from(data, (value, i) => (value - Math.sqrt(a) * point.mean[i % point.mean.length]!) ** 2);
      seen.push(squares.reduce((p, q) => p + q, 0) / squares.length / (1 - a));
    };
    await walk({ oracle: point, operator, baseline, levels, y: measurement(point, operator, 0), see });
    expect(seen).toHaveLength(levels.length - 2);
    // Five standard deviations of the mean of 18432 squares; the prior's own variance is 1e-6.
    for (const ratio of seen) expect(Math.abs(ratio - 1)).toBeLessThanOrEqual(5 * Math.sqrt(2 / 18432) + 1e-2);
  });

  it("ends with the noise of timestep 0 where the last evaluation is wasted, and without where it is not", async () => {
    const operator = operatorsAt(point.image)["mask"]!;
    const spread = async (wasteLast: boolean): Promise<number> => {
      const baseline = diffpir({ ...published, wasteLast }, proximalStep(1));
      const { x } = await walk({ oracle: point, operator, baseline, levels: [501, 1, 0], y: measurement(point, operator, 0) });
      return Math.sqrt(
        Array.from(x.data).reduce((total, value, i) => total + (value - point.mean[i % point.mean.length]!) ** 2, 0) / x.data.length,
      );
    };
    expect(await spread(true)).toBeCloseTo(0.01, 3);
    expect(await spread(false)).toBeLessThan(2e-3);
  });
});

describe("the fresh noise that DiffPIR reports", () => {
  const oracle = gaussianOracle({ shape: [128, 1, 6, 6], seed: 1 });

  describe.each([
    ["as it is", {}],
    ["with a modulated prior", { modulator: shrinking }],
  ] as const)("%s", (_name, parts) => {
    it.each([
      ["pooling", 0, {}],
      ["pooling", 0.1, { start: "noisy-measurement" }],
      ["mask", 0.1, { eta: 1, zeta: 0 }],
    ] as const)(
      "gives the posterior variance by Stein's lemma, also after skips and travel: %s, noise %f, %o",
      async (name, noise, options) => {
        const operator = operatorsAt(oracle.image)[name]!;
        const baseline = diffpir({ ...published, ...options }, proximalStep(1));
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
      },
    );
  });

  it("is not there without a fresh share", async () => {
    const operator = operatorsAt(oracle.image)["pooling"]!;
    const silent = diffpir({ ...published, zeta: 0 }, proximalStep(1));
    await expect(
      walk({ oracle, operator, baseline: silent, levels, y: measurement(oracle, operator, 0), estimator: steinAgainstExact }),
    ).rejects.toMatchObject({ code: "LEADER_FRESH_NOISE_MISSING" });
  });
});
