import {
  denseOperator,
  drawnNoise,
  evaluator,
  gaussianOracle,
  gaussianWalk,
  oracleMean,
  relativeError,
  seenMeasurement,
  testOperators,
  walkOracle,
  weightedSum,
  type GaussianWalk,
} from "@leader/core/testing";
import { uniformSteps, type LinearOperator } from "@leader/core";
import { describe, expect, it } from "vitest";
import { redDiff, type RedDiffOptions } from "../src/red-diff.js";

const oracle = gaussianOracle({ shape: [1, 1, 8, 8], seed: 3 });
const operators = testOperators(oracle.image);
const published: RedDiffOptions = {
  mode: "corrected",
  lambda: 0.25,
  weighting: "linear",
  observationWeight: 1,
  rate: 0.1,
  beta1: 0.9,
  beta2: 0.99,
  perturbation: 0,
  start: "pseudo-inverse",
};

const weights: Readonly<Record<RedDiffOptions["weighting"], (sigma: number) => number>> = {
  linear: (s) => s,
  sqrt: Math.sqrt,
  square: (s) => s * s,
  log: (s) => Math.log(1 + s),
  clip: (s) => Math.min(s, 1),
  "two-thirds": (s) => Math.cbrt(s * s),
  constant: () => 1,
};

/** RED-diff as its paper states it, with the noise of every state kept and compared, in float64. */
function restated(options: RedDiffOptions, measured: number, { oracle, operator, y, seed = 0, levels }: GaussianWalk): Float64Array {
  const denoise = oracleMean(oracle);
  const dense = denseOperator(operator);
  const shape = operator.domain.shape;
  const target = seenMeasurement(operator, y);
  const n = oracle.mean.length;
  const draw = (name: string, step: number): Float64Array => drawnNoise(name, step, shape, seed);
  const faithful = options.mode === "faithful";

  let mu = options.start === "measurement" ? target : evaluator((value) => operator.pinv!(value), [operator.range])(target);
  let m: Float64Array = new Float64Array(n);
  let v: Float64Array = new Float64Array(n);
  let shown = mu;
  for (let k = 0; k < levels.length - 1; k++) {
    const a = oracle.schedule.alphaBar[levels[k]!]!;
    const sigma = Math.sqrt((1 - a) / a);
    const x0 = options.perturbation === 0 ? mu : weightedSum([1, mu], [options.perturbation, draw("perturbation", k)]);
    const e = draw(k === 0 ? "init" : "z", k);
    const x = weightedSum([Math.sqrt(a), x0], [Math.sqrt(1 - a), e]);
    const predicted = weightedSum([1 / Math.sqrt(1 - a), x], [-Math.sqrt(a / (1 - a)), denoise(x, a)]);
    const w = options.lambda * weights[options.weighting](sigma);
    const residual = weightedSum([1, dense.apply(x0)], [-1, target]);
    const g = weightedSum(
      [options.observationWeight / (faithful ? measured : 1), dense.adjoint(residual)],
      [w / (faithful ? n : 1), predicted],
      [-w / (faithful ? n : 1), e],
    );
    m = weightedSum([options.beta1, m], [1 - options.beta1, g]);
    v = weightedSum([options.beta2, v], [1 - options.beta2, g.map((value) => value * value)]);
    const next = mu.map(
      (value, i) =>
        value - (options.rate * (m[i]! / (1 - options.beta1 ** (k + 1)))) / (Math.sqrt(v[i]! / (1 - options.beta2 ** (k + 1))) + 1e-8),
    );
    shown = faithful ? x0 : next;
    mu = next;
  }
  return shown;
}

async function difference(operator: LinearOperator, measured: number, options: Partial<RedDiffOptions>, steps = 7): Promise<number> {
  const whole = { ...published, ...options };
  const task = gaussianWalk({ oracle, operator, noise: 0.05, levels: uniformSteps(oracle.schedule, steps), baseline: redDiff(whole) });
  return relativeError((await walkOracle(task)).x, restated(whole, measured, task));
}

const { mask, blur, pooling, circulant } = operators;

describe("RED-diff follows its equations over a whole trajectory", () => {
  it.each<readonly [string, LinearOperator, number, Partial<RedDiffOptions>]>([
    ["mask", mask, 64, {}],
    ["pooling, as released", pooling, 16, { mode: "faithful" }],
    ["blur, perturbed", blur, 64, { mode: "faithful", perturbation: 0.02, rate: 0.25, lambda: 1 }],
    ["circulant, root", circulant, 64, { weighting: "sqrt", beta1: 0.5, beta2: 0.999 }],
    ["square", mask, 64, { weighting: "square" }],
    ["blur from the measurement", blur, 64, { start: "measurement" }],
    ["logarithm", mask, 64, { weighting: "log" }],
    ["clipped", mask, 64, { weighting: "clip" }],
    ["two thirds", mask, 64, { weighting: "two-thirds" }],
    ["constant", mask, 64, { weighting: "constant", observationWeight: 0.5 }],
  ])("%s", async (_name, operator, measured, options) => {
    expect(await difference(operator, measured, options)).toBeLessThanOrEqual(1e-4);
  });

  it("counts only what is measured", async () => {
    const half = { shape: [1, 1, 8, 8], dtype: "float32", data: Float32Array.from({ length: 64 }, (_, i) => i % 2) } as const;
    expect(await difference({ ...mask, measured: half }, 32, { mode: "faithful" })).toBeLessThanOrEqual(1e-4);
  });

  it("pulls towards unit normal images by lambda (1 - a) mu on average", async () => {
    const unit = gaussianOracle({ shape: [400, 1, 2, 2], seed: 1, correlation: 0, deviation: [1, 1] });
    const operator = testOperators(unit.image).mask;
    const y = Float32Array.from({ length: 1600 }, () => 2);
    const baseline = redDiff({ ...published, lambda: 1, observationWeight: 0, weighting: "constant", beta1: 0, beta2: 0, rate: 1 });
    const { steps } = await walkOracle({ oracle: unit, operator, y, levels: [400, 0], baseline });
    const a = unit.schedule.alphaBar[400]!;
    const e = drawnNoise("init", 0, unit.image.shape);
    const mu = evaluator((value) => operator.pinv!(value), [operator.range])(Float64Array.from(y));
    const average =
      steps[0]!.epsilon.reduce((sum, value, i) => sum + (mu[i] === 0 ? 0 : value - e[i]!), 0) / mu.filter((value) => value !== 0).length;
    const offset = Math.abs(unit.mean.reduce((p, q) => p + q, 0) / 4);
    expect(Math.abs(average - Math.sqrt(a * (1 - a)) * 2)).toBeLessThan(0.05 + offset);
  });
});
