import type { UpdateRule } from "@leader/core";
import {
  expectSteinLemma,
  gaussianOracle,
  noiseVariances,
  poolingOperator,
  proposingModulator,
  relativeError,
  restatedProposal,
  steinAgainstExact,
  walkOracle,
} from "@leader/core/testing";
import { describe, expect, it } from "vitest";
import { fdgrBracket, pirpBracket, pooled, restated } from "../test/restated.js";
import { fdgr, type FdgrOptions } from "./fdgr.js";
import { pirp, type PirpOptions } from "./pirp.js";

const shape = [1, 3, 8, 8];
const oracle = gaussianOracle({ shape, seed: 2, correlation: 0 });
const walk = [951, 700, 650, 333, 120, 40, 0];
const operator = poolingOperator(oracle.image);
const y = pooled(Float64Array.from(oracle.sample(4).data)).map((value, i) => value + 0.05 * Math.sin(7 * i));

const guidance = { fidelity: "both", gamma: 3, zeta: 0.6, etaTilde: 0.7, leastSquaresScale: 1.5, injectNoise: true, stepMode: 0 } as const;
const pirpDefaults: PirpOptions = { ...guidance, gradientPrior: "minus", kappa: 0.2, q: 0.3, legacyChannelSwap: false };
const fdgrDefaults: FdgrOptions = { ...guidance, gradientPrior: "minus", alpha: 0.5, sigmaG: 1.5 };

async function expectTrajectory(rule: UpdateRule, expected: Float64Array, noise: number): Promise<void> {
  const { x } = await walkOracle({ baseline: rule, oracle, levels: walk, operator, y, noise });
  expect(relativeError(x, expected)).toBeLessThan(1e-4);
}

describe("pirp, whole trajectories against a restatement in float64", () => {
  const cases: readonly (readonly [Partial<PirpOptions>, number])[] = [
    [{}, 0],
    [{}, 0.05],
    [{ stepMode: 1 }, 0.05],
    [{ stepMode: 2, zeta: 1 }, 0.05],
    [{ stepMode: undefined }, 0],
    [{ stepMode: undefined }, 0.05],
    [{ fidelity: "back-projection", zeta: 0 }, 0.05],
    [{ fidelity: "least-squares", gradientPrior: "plus" }, 0],
    [{ injectNoise: false, gradientPrior: "plus" }, 0.05],
    [{ legacyChannelSwap: true }, 0],
  ];
  it.each(cases)("%j, noise %d", (changes, noise) => {
    const options = { ...pirpDefaults, ...changes };
    return expectTrajectory(
      pirp(options),
      restated(options, pirpBracket(options, oracle.image), { oracle, y, levels: walk, noise }),
      noise,
    );
  });
});

describe("fdgr, whole trajectories against a restatement in float64", () => {
  const cases: readonly (readonly [Partial<FdgrOptions>, number])[] = [
    [{ stepMode: 1 }, 0.05],
    [{ strength: -0.2 }, 0],
    [{ gradientPrior: "plus" }, 0.05],
    [{ gradientPrior: "plus", stepMode: 1, strength: 0.1, alpha: 1.5 }, 0],
  ];
  it.each(cases)("%j, noise %d", (changes, noise) => {
    const options = { ...fdgrDefaults, ...changes };
    return expectTrajectory(fdgr(options), restated(options, fdgrBracket(options, oracle), { oracle, y, levels: walk, noise }), noise);
  });
});

describe("with a proposed share, the measurement's noise in the guidance is counted", () => {
  it.each([0.04, 0.5, 1])("share %f", async (share) => {
    const options = { ...pirpDefaults, zeta: undefined };
    const task = { oracle, operator, y, levels: walk, noise: 0.05, seed: 3 };
    const { x } = await walkOracle({ ...task, baseline: pirp(options), modulator: proposingModulator(share) });
    expect(
      relativeError(x, restatedProposal(task, { ...guidance, share, shrinks: false, bracket: pirpBracket(options, oracle.image) })),
    ).toBeLessThan(1e-4);
  });
});

describe("data step", () => {
  it("shrinks the residual by eta / (s^2 + eta) in one noise-free step", async () => {
    const rule = pirp({ ...pirpDefaults, kappa: 0 });
    const { steps } = await walkOracle({ baseline: rule, oracle, levels: [401, 0], operator, y });
    const norm = (values: Float64Array): number => Math.hypot(...values);
    const residual = (image: Float64Array): number => norm(pooled(image).map((value, i) => value - y[i]!));
    expect(residual(steps[0]!.x) / residual(steps[0]!.x0)).toBeCloseTo(1e-4 / (0.25 + 1e-4), 5);
  });
});

describe("noise step", () => {
  const batch = [48, 1, 8, 8];
  const levels = [991, 900, 500, 450, 200, 500, 150, 60, 0];

  it.each([0.3, 0.7, 1])(
    "keeps the noise of a state at unit variance after any skip or journey, for a known image: zeta %d",
    async (zeta) => {
      const known = gaussianOracle({ shape: batch, seed: 2, correlation: 0, deviation: [1e-5, 1e-5] });
      const clean = Float64Array.from({ length: 48 * 64 }, (_, i) => known.mean[i % 64]!);
      const result = await walkOracle({
        baseline: pirp({ ...pirpDefaults, zeta, kappa: 0 }),
        oracle: known,
        levels,
        operator: poolingOperator(known.image),
        y: pooled(clean),
      });
      for (const variance of noiseVariances(result, known, levels)) expect(Math.abs(variance - 1)).toBeLessThan(0.1);
    },
  );

  it("reports its fresh noise: Stein's lemma gives the posterior variance of the network's prior, after skips and time travel", async () => {
    const prior = gaussianOracle({ shape: batch, seed: 2, correlation: 0 });
    const measured = pooled(Float64Array.from(prior.sample(9).data));
    const rule = pirp({ ...pirpDefaults, stepMode: 1 });
    const levels = [991, 700, 400, 250, 450, 200, 170, 80, 100, 70, 0];
    const seen = await walkOracle({
      baseline: rule,
      oracle: prior,
      levels,
      operator: poolingOperator(prior.image),
      y: measured,
      noise: 0.02,
      uncertainty: steinAgainstExact,
    });
    expectSteinLemma(seen);
  });
});
