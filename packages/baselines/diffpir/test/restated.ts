import { sizeOf, type LinearOperator } from "@leader/core";
import {
  denseOperator,
  drawnNoise,
  evaluator,
  oracleNetwork,
  restatedCounting,
  weightedSum,
  type ArrayOperator,
  type RestatedWalk,
} from "@leader/core/testing";
import type { DiffpirOptions } from "../src/diffpir.js";

/** A data step on images and measurements in [0,1]. */
export type Reference = (operator: LinearOperator, arrays: ArrayOperator, u: Float64Array, y: Float64Array, rho: number) => Float64Array;

/** The proximal map. */
export const exact: Reference = (_operator, arrays, u, y, rho) => arrays.proximal(u, y, rho);

/** Back-projections of length gamma. */
export const backProjected =
  (gamma: number, times: number): Reference =>
  (operator, arrays, u, y, rho) => {
    const pinv = evaluator((r) => operator.pinv!(r), [operator.range]);
    let x = u;
    for (let i = 0; i < times; i++) x = weightedSum([1, x], [gamma / (1 + rho), pinv(weightedSum([1, y], [-1, arrays.apply(x)]))]);
    return x;
  };

/** One gradient step; `unbounded` as released. */
export const oneGradient =
  (unbounded: boolean): Reference =>
  (_operator, arrays, u, y, rho) =>
    weightedSum([1, u], [-1 / (unbounded ? rho : 1 + rho), arrays.adjoint(weightedSum([1, arrays.apply(u)], [-1, y]))]);

/** A share of fresh noise that LEADer proposes, for a noisy measurement, and the data step by singular values. */
export interface Proposed {
  readonly share: number;
  readonly gain: (s: number, rho: number) => number;
}

/** DiffPIR as released: the data step on [0,1] images, in float64. */
export function restated(
  options: DiffpirOptions,
  step: Reference,
  known: Float64Array,
  { oracle, operator, y, noise = 0, seed = 0, levels }: RestatedWalk,
  arrays: ArrayOperator = denseOperator(operator),
  proposed?: Proposed,
): Float64Array {
  const ab = (index: number): number => oracle.schedule.alphaBar[index]!;
  const network = oracleNetwork(oracle);
  const shape = operator.domain.shape;
  const ones = new Float64Array(sizeOf(shape)).fill(1);
  const grey = arrays.apply(ones);
  const y01 = weightedSum([0.5, Float64Array.from(y)], [0.5, grey]);
  const counting = proposed === undefined ? undefined : restatedCounting(operator, Float64Array.from(y), seed);
  const sigmaN = Math.max(options.smallestNoise, noise);

  const top = ab(levels[0]!);
  const z0 = drawnNoise("init", 0, shape, seed);
  const s = Math.sqrt(top * (1 + (2 * noise) ** 2));
  let x =
    options.start === "noise"
      ? z0
      : options.start === "interpolated"
        ? weightedSum([Math.sqrt(top), known], [Math.sqrt(1 - top), z0])
        : weightedSum([s, known], [Math.sqrt(1 - top - top * (2 * noise) ** 2), z0]);
  for (let k = 0; k < levels.length - 1; k++) {
    if (options.wasteLast && levels[k] === 1 && levels[k + 1] === 0) return x;
    const [a, b] = [ab(levels[k]!), ab(levels[k + 1]!)];
    const x0 = network(x, levels[k]!).x0.map((value) => (options.clip ? Math.min(1, Math.max(-1, value)) : value));
    const rho = (options.lambda * sigmaN ** 2) / ((1 - a) / a);
    const u = step(operator, arrays, weightedSum([0.5, x0], [0.5, ones]), y01, rho);
    const xHat = weightedSum([1 - options.guidance, x0], [options.guidance, weightedSum([2, u], [-1, ones])]);
    const effective = weightedSum([1 / Math.sqrt(1 - a), x], [-Math.sqrt(a / (1 - a)), xHat]);
    const w = options.eta * Math.sqrt((1 - b) / (1 - a)) * Math.sqrt(1 - a / b);
    const zeta = proposed?.share ?? options.zeta!;
    const fresh = Math.sqrt((1 - zeta) * w ** 2 + zeta * (1 - b));
    const kept = Math.sqrt(1 - zeta) * Math.sqrt(Math.max(0, 1 - b - w ** 2));
    const carried = (s: number): number => Math.sqrt(b) * 2 * noise * options.guidance * proposed!.gain(s, rho);
    const drawn = counting?.fresh(k + 1, fresh, carried) ?? weightedSum([fresh, drawnNoise("z", k + 1, shape, seed)]);
    x = weightedSum([Math.sqrt(b), xHat], [kept, effective], [1, drawn]);
  }
  return x;
}
