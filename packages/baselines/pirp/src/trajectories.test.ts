import type { UpdateRule } from "@leader/core";
import {
  drawnNoise,
  evaluator,
  expectSteinLemma,
  gaussianOracle,
  noiseVariances,
  oracleNetwork,
  poolingOperator,
  relativeError,
  steinAgainstExact,
  walkOracle,
} from "@leader/core/testing";
import { describe, expect, it } from "vitest";
import { fdgr, type FdgrOptions } from "./fdgr.js";
import { frequencyGradient } from "./frequency-prior.js";
import { pirp, roughness, type PirpOptions } from "./pirp.js";
import { spatialGradient } from "./spatial-prior.js";

const shape = [1, 3, 8, 8];
const oracle = gaussianOracle({ shape, seed: 2, correlation: 0 });
const net = oracleNetwork(oracle);
const a = (index: number): number => oracle.schedule.alphaBar[index]!;
const walk = [951, 700, 650, 333, 120, 40, 0];
const operator = poolingOperator(oracle.image);
const y = pooled(Float64Array.from(oracle.sample(4).data)).map((value, i) => value + 0.05 * Math.sin(7 * i));

const guidance = { fidelity: "both", gamma: 3, zeta: 0.6, etaTilde: 0.7, leastSquaresScale: 1.5, injectNoise: true, stepMode: 0 } as const;
const pirpDefaults: PirpOptions = { ...guidance, gradientPrior: "minus", kappa: 0.2, q: 0.3, legacyChannelSwap: false };
const fdgrDefaults: FdgrOptions = { ...guidance, gradientPrior: "minus", alpha: 0.5, sigmaG: 1.5 };

/** What the prior subtracts from the estimate. */
type Bracket = (x0: Float64Array, from: number, to: number) => Float64Array;

/** The method as written down, for 2 x 2 means: A A^T = I/4, and A^T spreads a quarter of each value over its block. */
function restated(options: PirpOptions | FdgrOptions, noise: number, bracket: Bracket): Float64Array {
  const sigmaY = 2 * noise;
  const eta = Math.max(1e-4, sigmaY ** 2 * options.etaTilde);
  let x = drawnNoise("init", 0, shape);
  for (let k = 0; k + 1 < walk.length; k++) {
    const [from, to] = [walk[k]!, walk[k + 1]!];
    const { x0 } = net(x, from);
    const delta = { "back-projection": 0, "least-squares": 1, both: noise === 0 ? 0 : a(to) ** options.gamma }[options.fidelity];
    const w = noise === 0 ? 1 : a(to) ** options.gamma;
    const shrink = (1 - a(to)) / (1 - a(from));
    const mu = options.stepMode === 1 ? shrink : 1;
    const back = spread(pooled(x0).map((value, i) => value - y[i]!));
    const reg = bracket(x0, from, to);
    const z = options.injectNoise ? drawnNoise("z", k + 1, shape) : x;
    x = x.map((value, i) => {
      const leastSquares = options.leastSquaresScale * back[i]! * (options.stepMode === 2 ? shrink : 1);
      const guided = x0[i]! - mu * ((1 - delta) * (back[i]! / (0.25 + eta)) + delta * leastSquares) - reg[i]!;
      if (to === 0) return noise === 0 ? guided : x0[i]!;
      if (!options.injectNoise) return Math.sqrt(a(to)) * guided;
      const effective = (value - Math.sqrt(a(from)) * guided) / Math.sqrt(1 - a(from));
      return (
        Math.sqrt(a(to)) * guided + Math.sqrt(1 - a(to)) * (Math.sqrt(options.zeta) * z[i]! + Math.sqrt(1 - options.zeta) * w * effective)
      );
    });
  }
  return x;
}

async function expectTrajectory(rule: UpdateRule, expected: Float64Array, noise: number): Promise<void> {
  const { x } = await walkOracle({ baseline: rule, oracle, levels: walk, operator, y, noise });
  expect(relativeError(x, expected)).toBeLessThan(1e-4);
}

describe("pirp, whole trajectories against a restatement in float64", () => {
  // R itself is compared pixel by pixel in priors.test.ts.
  const cases: readonly (readonly [Partial<PirpOptions>, number])[] = [
    [{}, 0],
    [{}, 0.05],
    [{ stepMode: 1 }, 0.05],
    [{ stepMode: 2, zeta: 1 }, 0.05],
    [{ fidelity: "back-projection", zeta: 0 }, 0.05],
    [{ fidelity: "least-squares", gradientPrior: "plus" }, 0],
    [{ injectNoise: false, gradientPrior: "plus" }, 0.05],
    [{ legacyChannelSwap: true }, 0],
  ];
  it.each(cases)("%j, noise %d", (changes, noise) => {
    const options = { ...pirpDefaults, ...changes };
    const r = evaluator((x0) => roughness(x0, options.q, options.legacyChannelSwap), [oracle.image]);
    const sign = options.gradientPrior === "minus" ? -1 : 1;
    return expectTrajectory(
      pirp(options),
      restated(options, noise, (x0) => r(x0).map((value) => sign * options.kappa * value)),
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
    const gradient = evaluator(
      (x0) => (options.gradientPrior === "minus" ? frequencyGradient : spatialGradient)(x0, options),
      [oracle.image],
    );
    const strength = options.strength ?? (options.gradientPrior === "minus" ? -0.09 : 1.3);
    const bracket: Bracket = (x0, from, to) => {
      const c = options.gradientPrior === "plus" && options.stepMode === 0 ? ((1 - a(from) / a(to)) * (1 - a(to))) / (1 - a(from)) : 1;
      return gradient(x0).map((value) => c * strength * value);
    };
    return expectTrajectory(fdgr(options), restated(options, noise, bracket), noise);
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
      estimator: steinAgainstExact,
    });
    expectSteinLemma(seen);
  });
});

/** Means of 2 x 2 blocks of 8 x 8 planes. */
function pooled(x: Float64Array): Float64Array {
  return Float64Array.from({ length: x.length / 4 }, (_, k) => {
    const [start, row, column] = [Math.floor(k / 16) * 64, Math.floor((k % 16) / 4), k % 4];
    const at = (dr: number, dc: number): number => x[start + (2 * row + dr) * 8 + 2 * column + dc]!;
    return (at(0, 0) + at(0, 1) + at(1, 0) + at(1, 1)) / 4;
  });
}

/** The adjoint of `pooled`. */
function spread(r: Float64Array): Float64Array {
  return Float64Array.from({ length: r.length * 4 }, (_, i) => {
    const [plane, row, column] = [Math.floor(i / 64), Math.floor((i % 64) / 8), i % 8];
    return r[plane * 16 + Math.floor(row / 2) * 4 + Math.floor(column / 2)]! / 4;
  });
}
