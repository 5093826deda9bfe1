import {
  denseOperator,
  drawnNoise,
  gaussianOracle,
  gaussianWalk,
  oracleMean,
  relativeError,
  testOperators,
  walkOracle,
  weightedSum,
  type GaussianWalk,
} from "@leader/core/testing";
import { karrasSteps, type LinearOperator } from "@leader/core";
import { describe, expect, it } from "vitest";
import { daps, type DapsOptions } from "../src/daps.js";

const oracle = gaussianOracle({ shape: [1, 1, 8, 8], seed: 3 });
const operators = testOperators(oracle.image);
const published: DapsOptions = {
  mode: "corrected",
  odeSteps: 5,
  iterations: 8,
  rate: 1e-4,
  rateRatio: 0.01,
  tau: 0.01,
  chain: "langevin",
  memory: 0.9,
  sigmaMax: 100,
  sigmaMin: 0.1,
};

/** The numbers of a grid that is even in the seventh root. */
const grid = (first: number, last: number, count: number): readonly number[] =>
  Array.from({ length: count }, (_, k) =>
    k === 0 ? first : (first ** (1 / 7) + (k / (count - 1)) * (last ** (1 / 7) - first ** (1 / 7))) ** 7,
  );

/** DAPS in the variance-exploding form of its paper, in float64. */
function restated(options: DapsOptions, { oracle, operator, y, noise = 0, seed = 0, levels }: GaussianWalk): Float64Array {
  const denoise = oracleMean(oracle);
  const dense = denseOperator(operator);
  const shape = operator.domain.shape;
  const sigmaAt = (index: number): number => Math.sqrt(1 / oracle.schedule.alphaBar[index]! - 1);
  const faithful = options.mode === "faithful";
  const tau = options.tau === "measurement" ? Math.max(2 * noise, 1e-3) : options.tau;
  const target = Float64Array.from(y);

  let x = weightedSum([sigmaAt(levels[0]!), drawnNoise("init", 0, shape, seed)]);
  for (let i = 0; i < levels.length - 1; i++) {
    const sigma = sigmaAt(levels[i]!);
    const sigmas = [...grid(sigma, Math.min(sigma, 0.01), options.odeSteps + (faithful ? 1 : 0)), ...(faithful ? [] : [0])];
    let flow = x;
    for (let k = 0; k < options.odeSteps; k++) {
      const [s, next] = [sigmas[k]!, sigmas[k + 1]!];
      const scale = 1 / Math.sqrt(1 + s * s);
      const slope = weightedSum([1 / s, flow], [-1 / s, denoise(weightedSum([scale, flow]), scale * scale)]);
      flow = weightedSum([1, flow], [next - s, slope]);
    }
    const roots = [options.sigmaMax, options.sigmaMin, sigma].map((value) => value ** (1 / 7)) as [number, number, number];
    const done = Math.min(1, Math.max(0, (roots[2] - roots[0]) / (roots[1] - roots[0])));
    const rate = options.rate * (1 + done * (options.rateRatio - 1));
    const score = (w: Float64Array): Float64Array =>
      weightedSum(
        [-(faithful ? 2 : 1) / tau ** 2, dense.adjoint(weightedSum([1, dense.apply(w)], [-1, target]))],
        [-1 / sigma ** 2, w],
        [1 / sigma ** 2, flow],
      );
    const draw = (name: string): Float64Array => drawnNoise(`chain.${name}`, i + 1, shape, seed);
    let w = flow;
    let u = options.chain === "hamiltonian" ? draw("start") : flow;
    for (let j = 0; j < options.iterations; j++) {
      const z = draw(`${j}`);
      if (options.chain === "langevin") {
        w = weightedSum([1, w], [rate, score(w)], [Math.sqrt(2 * rate), z]);
      } else {
        u = weightedSum([options.memory, u], [Math.sqrt(rate), score(w)], [Math.sqrt(2 * (1 - options.memory)), z]);
        w = weightedSum([1, w], [Math.sqrt(rate), u]);
      }
    }
    x = weightedSum([1, w], [sigmaAt(levels[i + 1]!), drawnNoise("z", i + 1, shape, seed)]);
  }
  return x;
}

const { mask, blur, pooling, circulant } = operators;

async function difference(operator: LinearOperator, noise: number, options: Partial<DapsOptions>): Promise<number> {
  const whole = { ...published, ...options };
  const levels = karrasSteps(oracle.schedule, { steps: 6, sigmaMax: 100, sigmaMin: 0.1, rho: 7 });
  const task = gaussianWalk({ oracle, operator, noise, levels, baseline: daps(whole) });
  return relativeError((await walkOracle(task)).x, restated(whole, task));
}

describe("DAPS follows its equations over a whole trajectory", () => {
  it.each<readonly [string, LinearOperator, number, Partial<DapsOptions>]>([
    ["mask", mask, 0.05, {}],
    ["pooling without noise", pooling, 0, { rate: 2e-4 }],
    ["blur, as the main branch", blur, 0.05, { mode: "faithful", rate: 1e-5 }],
    ["circulant, Hamiltonian", circulant, 0.05, { chain: "hamiltonian", memory: 0.4, rate: 4e-5, odeSteps: 2 }],
    ["mask, true noise", mask, 0.05, { tau: "measurement", rate: 5e-3, odeSteps: 1 }],
  ])("%s", async (_name, operator, noise, options) => {
    expect(await difference(operator, noise, options)).toBeLessThanOrEqual(1e-4);
  });
});

describe("the annealing of DAPS", () => {
  it("counts every evaluation of its flow", async () => {
    const { evaluations } = await walkOracle({ oracle, baseline: daps({ ...published, iterations: 1 }), levels: [901, 401, 0] });
    expect(evaluations).toBe(2 * published.odeSteps);
  });

  it("follows the flow and not the posterior mean: unit normal images have x / sqrt(1 + sigma^2) at its end", async () => {
    const unit = gaussianOracle({ shape: [1, 1, 4, 4], seed: 1, correlation: 0, deviation: [1, 1] });
    const baseline = daps({ ...published, odeSteps: 60, iterations: 0 });
    const { x, steps } = await walkOracle({ oracle: unit, baseline, levels: [301, 0], seed: 3 });
    const a = unit.schedule.alphaBar[301]!;
    const start = drawnNoise("init", 0, unit.image.shape, 3).map((z) => Math.sqrt(1 - a) * z);
    const exact = unit.flow(start, 301, 0);
    expect(relativeError(x, exact)).toBeLessThan(0.03);
    expect(relativeError(steps[0]!.x0, exact)).toBeGreaterThan(0.2);
  });
});
