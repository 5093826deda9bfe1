import type { UpdateRule } from "@leader/core";
import {
  drawnNoise,
  expectSteinLemma,
  gaussianOracle,
  noiseVariances,
  relativeError,
  steinAgainstExact,
  walkOracle,
} from "@leader/core/testing";
import { describe, expect, it } from "vitest";
import { restatedDdim, restatedDdpm, restatedDpmSolver, restatedDpmSolverPlusPlus, restatedEdmHeun } from "../test/restated.js";
import { ddim } from "./ddim.js";
import { ddpm } from "./ddpm.js";
import { dpmSolver, dpmSolverPlusPlus } from "./dpm-solver.js";
import { edmHeun } from "./edm-heun.js";

const shape = [1, 2, 8, 8];
const oracle = gaussianOracle({ shape, seed: 2, correlation: 0 });
const a = (index: number): number => oracle.schedule.alphaBar[index]!;
const sigma = (index: number): number => Math.sqrt((1 - a(index)) / a(index));
const lambda = (index: number): number => -Math.log(sigma(index));
/** Irregular steps, as a scheduler that skips takes them. */
const skipping = [951, 700, 650, 333, 120, 40, 7, 0];
const walk = { oracle, levels: skipping };

async function expectTrajectory(rule: UpdateRule, expected: Float64Array): Promise<void> {
  const { x } = await walkOracle({ ...walk, baseline: rule });
  expect(relativeError(x, expected)).toBeLessThan(1e-4);
}

describe("whole trajectories against a restatement in float64", () => {
  it.each([
    { variance: "posterior", clip: false },
    { variance: "posterior", clip: true },
    { variance: "upper", clip: false },
  ] as const)("ddpm %j", (options) => expectTrajectory(ddpm(options), restatedDdpm(options, walk)));

  it.each([
    { eta: 0, clip: false },
    { eta: 0.6, clip: false },
    { eta: 1, clip: false },
    { eta: 0, clip: true },
  ])("ddim %j", (options) => expectTrajectory(ddim(options), restatedDdim(options, walk)));

  it.each([1, 2] as const)("dpm-solver-plus-plus, order %d", (order) =>
    expectTrajectory(dpmSolverPlusPlus({ order, clip: false }), restatedDpmSolverPlusPlus({ order }, walk)),
  );

  it.each([1, 2] as const)("dpm-solver, order %d", (order) =>
    expectTrajectory(dpmSolver({ order, clip: false }), restatedDpmSolver({ order }, walk)),
  );

  it.each([false, true])("edm-heun, clip %s", (clip) => expectTrajectory(edmHeun({ clip }), restatedEdmHeun({ clip }, walk)));
});

describe("what a run costs", () => {
  it("is one evaluation per step, and two for Heun", async () => {
    const steps = skipping.length - 1;
    expect((await walkOracle({ baseline: dpmSolverPlusPlus({ order: 2, clip: false }), oracle, levels: skipping })).evaluations).toBe(
      steps,
    );
    expect((await walkOracle({ baseline: edmHeun({ clip: false }), oracle, levels: skipping })).evaluations).toBe(2 * steps);
  });
});

/** Levels evenly spaced in log sigma, from one index to another. */
const evenly = (from: number, to: number, steps: number): readonly number[] => {
  const nearest = (target: number): number =>
    Array.from({ length: 1001 }, (_, i) => i)
      .slice(1)
      .reduce((best, i) => (Math.abs(lambda(i) - target) < Math.abs(lambda(best) - target) ? i : best), 1);
  return Array.from({ length: steps + 1 }, (_, k) => nearest(lambda(from) + ((lambda(to) - lambda(from)) * k) / steps));
};

describe("order of convergence to the exact probability flow", () => {
  const correlated = gaussianOracle({ shape: [1, 1, 4, 4], seed: 3 });

  /** Distance from the flow at level 101 after a number of steps from 901; the run ends cleanly afterwards. */
  const distance = async (rule: UpdateRule, steps: number): Promise<number> => {
    const levels = evenly(901, 101, steps);
    const { steps: seen } = await walkOracle({ baseline: rule, oracle: correlated, levels: [...levels, 0] });
    const exact = correlated.flow(drawnNoise("init", 0, correlated.image.shape), levels[0]!, levels.at(-1)!);
    return relativeError(seen[steps - 1]!.x, exact);
  };

  it.each([
    ["ddim", ddim({ eta: 0, clip: false }), 1],
    ["dpm-solver of order 1", dpmSolver({ order: 1, clip: false }), 1],
    ["dpm-solver", dpmSolver({ order: 2, clip: false }), 2],
    ["dpm-solver-plus-plus", dpmSolverPlusPlus({ order: 2, clip: false }), 2],
    ["edm-heun", edmHeun({ clip: false }), 2],
  ] as const)("%s", async (_name, rule, order) => {
    const [coarse, fine] = [await distance(rule, 12), await distance(rule, 24)];
    const observed = Math.log2(coarse / fine);
    expect(observed).toBeGreaterThan(order - 0.35);
    expect(observed).toBeLessThan(order + 0.6);
  });
});

describe("time travel", () => {
  it("makes the next step of a multistep method one of first order", async () => {
    const levels = [801, 601, 401, 601, 301, 0];
    const travelled = await walkOracle({ baseline: dpmSolverPlusPlus({ order: 2, clip: false }), oracle, levels });
    const at601 = travelled.steps[2]!.x0;
    const x601 = at601.map((value, i) => Math.sqrt(a(601)) * value + Math.sqrt(1 - a(601)) * travelled.steps[2]!.epsilon[i]!);
    const expected = x601.map(
      (value, i) => Math.sqrt((1 - a(301)) / (1 - a(601))) * value + Math.sqrt(a(301)) * (1 - sigma(301) / sigma(601)) * at601[i]!,
    );
    expect(relativeError(travelled.steps[2]!.x, expected)).toBeLessThan(1e-5);
  });
});

describe("fresh noise", () => {
  const batch = [48, 1, 8, 8];
  const stochastic = [
    ["ddpm", ddpm({ variance: "posterior", clip: false })],
    ["ddim, eta 0.7", ddim({ eta: 0.7, clip: false })],
    ["ddim, eta 1", ddim({ eta: 1, clip: false })],
  ] as const;
  const levels = [991, 900, 500, 450, 200, 500, 150, 60, 0];

  it.each(stochastic)("%s: the noise of every state has unit variance after any skip, for a known image", async (_name, rule) => {
    const known = gaussianOracle({ shape: batch, seed: 2, correlation: 0, deviation: [1e-5, 1e-5] });
    const result = await walkOracle({ baseline: rule, oracle: known, levels });
    // 3072 normals: the standard error of the variance is 0.026.
    for (const variance of noiseVariances(result, known, levels)) expect(Math.abs(variance - 1)).toBeLessThan(0.1);
  });

  it.each(stochastic)(
    "%s: what it reports gives the posterior variance by Stein's lemma, after skips and time travel",
    async (_name, rule) => {
      const prior = gaussianOracle({ shape: batch, seed: 2, correlation: 0 });
      const seen = await walkOracle({
        baseline: rule,
        oracle: prior,
        levels: [991, 700, 400, 250, 450, 200, 170, 80, 100, 70, 0],
        uncertainty: steinAgainstExact,
      });
      expectSteinLemma(seen);
    },
  );

  it("is not reported by deterministic samplers", async () => {
    for (const rule of [ddim({ eta: 0, clip: false }), dpmSolver({ order: 2, clip: false }), edmHeun({ clip: false })]) {
      await expect(walkOracle({ baseline: rule, oracle, levels: [901, 400, 0], uncertainty: steinAgainstExact })).rejects.toMatchObject({
        code: "LEADER_FRESH_NOISE_MISSING",
      });
    }
  });
});
