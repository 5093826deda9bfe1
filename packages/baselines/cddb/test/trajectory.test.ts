import {
  denseOperator,
  drawnNoise,
  gaussianOracle,
  gaussianWalk,
  type GaussianWalk,
  oracleMean,
  oracleMeasurement,
  relativeError,
  restatedSpread,
  testOperators,
  walkOracle,
  weightedSum,
  withLearnedVariance,
} from "@leader/core/testing";
import type { LinearOperator } from "@leader/core";
import { describe, expect, it } from "vitest";
import { cddb, type CddbOptions } from "../src/cddb.js";

const oracle = withLearnedVariance(gaussianOracle({ shape: [1, 1, 8, 8], seed: 3 }));
const operators = testOperators(oracle.image);
const published: CddbOptions = { mode: "corrected", stepSize: 1, clip: true, variance: "posterior" };
const levels = [1000, 801, 401, 351, 91, 11, 0];

/** The bridge's step with its guidance, on the rescaled state with s = sigma, in float64. */
function restated(options: CddbOptions, { oracle, operator, y, seed = 0, levels }: GaussianWalk): Float64Array {
  const denoise = oracleMean(oracle);
  const dense = denseOperator(operator);
  const shape = operator.domain.shape;
  const alphaBar = (index: number): number => oracle.schedule.alphaBar[index]!;
  const noise = (index: number): number => Math.sqrt(1 / alphaBar(index) - 1);
  const step = options.stepSize * (options.mode === "faithful" ? 1 : 0.5);

  let x = weightedSum([1 / Math.sqrt(alphaBar(levels[0]!)), drawnNoise("init", 0, shape, seed)]);
  for (let k = 0; k < levels.length - 1; k++) {
    const [s, next] = [noise(levels[k]!), noise(levels[k + 1]!)];
    const d2 = s * s - next * next;
    const preserving = weightedSum([Math.sqrt(alphaBar(levels[k]!)), x]);
    const x0 = denoise(preserving, alphaBar(levels[k]!)).map((value) => (options.clip ? Math.min(1, Math.max(-1, value)) : value));
    const gradient = dense.adjoint(weightedSum([2, dense.apply(x0)], [-2, Float64Array.from(y)]));
    // In units of the state at s'; that of the bridge is s'^2 d^2 / s^2.
    const [a, b] = [alphaBar(levels[k]!), alphaBar(levels[k + 1]!)];
    const bridge = new Float64Array(x.length).fill(Math.sqrt((next * next * d2) / (s * s)));
    const other = restatedSpread(options.variance, preserving, a, b).map((value) => value / Math.sqrt(b));
    const spread = options.variance === "posterior" ? bridge : other;
    const z = drawnNoise("z", k + 1, shape, seed);
    x = weightedSum(
      [d2 / (s * s), x0],
      [(next * next) / (s * s), x],
      [1, z.map((value, i) => spread[i]! * value)],
      [(-d2 / (s * s)) * step, gradient],
    );
  }
  return x;
}

const { mask, blur, pooling, circulant } = operators;

describe("CDDB's guidance follows its equations over a whole trajectory", () => {
  it.each<readonly [string, LinearOperator, number, Partial<CddbOptions>]>([
    ["mask", mask, 0.05, {}],
    ["pooling without noise", pooling, 0, { stepSize: 4, clip: false }],
    ["blur, as released", blur, 0.05, { mode: "faithful", stepSize: 0.8 }],
    ["circulant, larger variance", circulant, 0.05, { variance: "upper", stepSize: 0.5 }],
    ["blur, learned variance", blur, 0.05, { variance: "learned" }],
  ])("%s", async (_name, operator, noise, options) => {
    const whole = { ...published, ...options };
    const task = gaussianWalk({ oracle, operator, noise, levels, baseline: cddb(whole) });
    expect(relativeError((await walkOracle(task)).x, restated(whole, task))).toBeLessThanOrEqual(1e-4);
  });

  it("fits a noise-free measurement where one step solves the operator", async () => {
    const y = oracleMeasurement(oracle, pooling, 0);
    const { x } = await walkOracle({ oracle, operator: pooling, levels, y, baseline: cddb({ ...published, stepSize: 4 }) });
    expect(relativeError(denseOperator(pooling).apply(x), Float64Array.from(y))).toBeLessThan(1e-5);
  });
});
