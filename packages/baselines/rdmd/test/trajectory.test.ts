import {
  denseOperator,
  drawnNoise,
  evaluator,
  gaussianOracle,
  gaussianWalk,
  oracleMean,
  relativeError,
  testOperators,
  walkOracle,
  weightedSum,
  type GaussianWalk,
} from "@leader/core/testing";
import { measuredImage, squareRootSteps, type LinearOperator } from "@leader/core";
import { describe, expect, it } from "vitest";
import { rdmd, type RdmdOptions } from "../src/rdmd.js";

const oracle = gaussianOracle({ shape: [1, 1, 8, 8], seed: 3 });
const operators = testOperators(oracle.image);
const published: RdmdOptions = {
  mode: "corrected",
  lambda: 20,
  tau: 0.5,
  zeta: 0.3,
  smallestNoise: 0.001,
  noisiestDenoiser: 49,
  finestDenoiser: 1,
  start: "interpolated",
  result: "image",
};

const clipped = (x: Float64Array): Float64Array => x.map((value) => Math.min(1, Math.max(-1, value)));

/** RDMD in float64. @param image the measurement as an image. */
function restated(
  options: RdmdOptions,
  image: Float64Array,
  { oracle, operator, y, noise = 0, seed = 0, levels }: GaussianWalk,
): Float64Array {
  const denoise = oracleMean(oracle);
  const dense = denseOperator(operator);
  const shape = operator.domain.shape;
  const { alphaBar } = oracle.schedule;
  const faithful = options.mode === "faithful";
  const target = Float64Array.from(y);
  const assumed = Math.max(options.smallestNoise, noise);
  const hold = options.lambda * (1 - options.tau) * (faithful ? noise : assumed) ** 2;

  const first = alphaBar[levels[0]!]!;
  const carried = options.start === "interpolated" ? 0 : (2 * noise) ** 2;
  const scale = Math.sqrt(first * (faithful ? 1 + carried : 1));
  let x0 = image;
  let x = weightedSum([scale, image], [Math.sqrt(1 - first - first * carried), drawnNoise("init", 0, shape, seed)]);
  for (let k = 0; k < levels.length - 1; k++) {
    const [a, b] = [alphaBar[levels[k]!]!, alphaBar[levels[k + 1]!]!];
    const sto = clipped(denoise(x, a));
    const share = ((999 - (levels[k]! - 1)) / 999) ** 2;
    const finest = Math.max(options.finestDenoiser / 255, noise);
    const p = (options.noisiestDenoiser / 255) ** (1 - share) * finest ** share;
    const own = 1 / (1 + (2 * p) ** 2);
    const det = clipped(denoise(faithful ? x0 : weightedSum([Math.sqrt(own), x0]), own));
    const rho = (options.lambda * options.tau * assumed ** 2) / (1 / a - 1);
    const length = 1 / (1 + hold + rho);
    const gradient = weightedSum(
      [1, dense.adjoint(weightedSum([1, dense.apply(x0)], [-1, target]))],
      [hold + rho, x0],
      [-hold, det],
      [-rho, sto],
    );
    if (b < 1 || !faithful) x0 = weightedSum([1, x0], [-length, gradient]);
    if (b === 1) return options.result === "image" ? x0 : sto;
    const e = weightedSum([1 / Math.sqrt(1 - a), x], [-Math.sqrt(a / (1 - a)), x0]);
    x = weightedSum(
      [Math.sqrt(b), x0],
      [Math.sqrt((1 - options.zeta) * (1 - b)), e],
      [Math.sqrt(options.zeta * (1 - b)), drawnNoise("z", k + 1, shape, seed)],
    );
  }
  return x;
}

const { mask, blur, pooling, circulant } = operators;

async function difference(
  operator: LinearOperator,
  noise: number,
  options: Partial<RdmdOptions>,
  levels: readonly number[],
): Promise<number> {
  const whole = { ...published, ...options };
  const task = gaussianWalk({ oracle, operator, noise, levels, baseline: rdmd(whole) });
  const image = evaluator((value) => measuredImage(operator, value), [operator.range])(Float64Array.from(task.y));
  const { x, evaluations } = await walkOracle(task);
  expect(evaluations).toBe(2 * (levels.length - 1));
  return relativeError(x, restated(whole, image, task));
}

describe("RDMD follows its equations over a whole trajectory", () => {
  const levels = squareRootSteps(oracle.schedule, 8);
  it.each<readonly [string, LinearOperator, number, Partial<RdmdOptions>]>([
    ["mask", mask, 0.05, {}],
    ["pooling, as released", pooling, 0.05, { mode: "faithful", zeta: 0, finestDenoiser: 4 }],
    ["blur, as released", blur, 0.05, { mode: "faithful", start: "noisy-measurement", result: "estimate" }],
    ["circulant", circulant, 0.05, { start: "noisy-measurement", zeta: 1, tau: 0.8 }],
    ["mask without noise", mask, 0, { smallestNoise: 0.03 }],
    ["mask without noise, as released", mask, 0, { mode: "faithful" }],
  ])("%s", async (_name, operator, noise, options) => {
    expect(await difference(operator, noise, options, levels)).toBeLessThanOrEqual(1e-4);
  });

  it("with skips", async () => {
    expect(await difference(blur, 0.05, {}, [951, 401, 351, 21, 0])).toBeLessThanOrEqual(1e-4);
  });
});
