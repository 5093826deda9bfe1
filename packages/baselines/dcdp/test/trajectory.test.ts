import {
  denseOperator,
  drawnNoise,
  gaussianOracle,
  gaussianWalk,
  oracleMean,
  oracleMeasurement,
  relativeError,
  testOperators,
  walkOracle,
  weightedSum,
  type GaussianWalk,
} from "@leader/core/testing";
import type { LinearOperator } from "@leader/core";
import { describe, expect, it } from "vitest";
import { dcdp, type DcdpOptions } from "../src/dcdp.js";

const oracle = gaussianOracle({ shape: [1, 1, 8, 8], seed: 3 });
const operators = testOperators(oracle.image);
const published: DcdpOptions = { mode: "corrected", iterations: 9, stepSize: 1.02, momentum: 0.9, evaluations: 6 };
/** T_k of the linear schedule of K = 5 from 400. */
const levels = [400, 300, 201, 100, 4, 0];

/** DCDP in float64, with the learning rate of the released code's mean squared error. */
function restated(options: DcdpOptions, { oracle, operator, y, noise = 0, seed = 0, levels }: GaussianWalk): Float64Array {
  const denoise = oracleMean(oracle);
  const dense = denseOperator(operator);
  const shape = operator.domain.shape;
  const target = Float64Array.from(y);
  const ab = (index: number): number => oracle.schedule.alphaBar[index]!;
  const rate = (options.stepSize * target.length) / 2;

  const data = (start: Float64Array): Float64Array => {
    let x = start;
    let b: Float64Array = new Float64Array(start.length);
    for (let j = 0; j < options.iterations; j++) {
      const gradient = dense.adjoint(weightedSum([2 / target.length, dense.apply(x)], [-2 / target.length, target]));
      b = weightedSum([options.momentum, b], [1, gradient]);
      x = weightedSum([1, x], [-rate, b]);
    }
    return x;
  };
  const purify = (start: Float64Array, t: number): Float64Array => {
    const count = options.evaluations;
    const walk = count === 1 ? [t] : Array.from({ length: count }, (_, i) => Math.round(((count - 1 - i) * (t - 1)) / (count - 1)) + 1);
    let x = start;
    walk.forEach((index, i) => {
      const x0 = denoise(x, ab(index)).map((value) => Math.min(1, Math.max(-1, value)));
      const e = weightedSum([1 / Math.sqrt(1 - ab(index)), x], [-Math.sqrt(ab(index) / (1 - ab(index))), x0]);
      const next = i + 1 < walk.length ? ab(walk[i + 1]!) : 1;
      x = weightedSum([Math.sqrt(next), x0], [Math.sqrt(1 - next), e]);
    });
    return x;
  };

  let x: Float64Array = new Float64Array(oracle.mean.length);
  for (let k = 0; k < levels.length - 1; k++) {
    const v = data(x);
    const a = ab(levels[k]!);
    x = purify(weightedSum([Math.sqrt(a), v], [Math.sqrt(1 - a), drawnNoise(k === 0 ? "init" : "z", k, shape, seed)]), levels[k]!);
  }
  return noise === 0 && options.mode === "corrected" ? data(x) : x;
}

const { mask, blur, pooling, circulant } = operators;

describe("DCDP follows its equations over a whole trajectory", () => {
  it.each<readonly [string, LinearOperator, number, Partial<DcdpOptions>]>([
    ["mask", mask, 0.05, {}],
    ["pooling without noise", pooling, 0, { stepSize: 2.6 }],
    ["pooling without noise, as released", pooling, 0, { mode: "faithful", stepSize: 2.6 }],
    ["blur, one-step purification", blur, 0.05, { evaluations: 1 }],
    ["circulant", circulant, 0.05, { momentum: 0, iterations: 3, stepSize: 0.3 }],
  ])("%s", async (_name, operator, noise, options) => {
    const whole = { ...published, ...options };
    const task = gaussianWalk({ oracle, operator, noise, levels, baseline: dcdp(whole) });
    const { x, evaluations } = await walkOracle(task);
    expect(relativeError(x, restated(whole, task))).toBeLessThanOrEqual(1e-4);
    expect(evaluations).toBe(5 * whole.evaluations);
  });

  it("ends at the measurement where it has no noise and its step solves the operator", async () => {
    const y = oracleMeasurement(oracle, mask, 0);
    const { x } = await walkOracle({ oracle, operator: mask, levels, y, baseline: dcdp({ ...published, stepSize: 1, momentum: 0 }) });
    const measured = denseOperator(mask).apply(x);
    expect(relativeError(measured, Float64Array.from(y))).toBeLessThan(1e-5);
  });
});
