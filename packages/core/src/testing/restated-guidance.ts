import type { AncestralVariance } from "../formulas/ancestral-step.js";
import { denseOperator } from "./dense-operator.js";
import { norm, weightedSum } from "@leader/graph/testing";
import { oracleNetwork } from "./oracle-values.js";
import { restatedSpread } from "./learned-variance.js";
import { drawnNoise, type RestatedWalk } from "./walk-oracle.js";

/** A step of a restated walk. */
export interface RestatedStep {
  /** Schedule indices. */
  readonly from: number;
  readonly to: number;
  /** Counts from 1, as the draws do. */
  readonly number: number;
  /** What the network says, unclipped. */
  readonly epsilon: Float64Array;
  /** The next state with this unit normal noise. */
  readonly noised: (z: Float64Array) => Float64Array;
}

/** A method that follows DPS, by where it differs from it. */
export interface RestatedGuidance {
  readonly mode: "corrected" | "faithful";
  readonly clip: boolean;
  readonly variance: AncestralVariance;
  /** zeta of the level that a step leaves. */
  readonly scale: (from: number) => number;
  /** The first state. Default: the draw `init`. */
  readonly start?: Float64Array;
  /** A symmetric linear map of the residual. */
  readonly filter?: (r: Float64Array, from: number) => Float64Array;
  /** What is done to the direction J^T A^T r / |r| before it is followed. */
  readonly direction?: (direction: Float64Array) => Float64Array;
  /** The next state. Default: the one with the draw `z`. */
  readonly next?: (step: RestatedStep) => Float64Array;
}

/**
 * The trajectory of DPS (Chung et al. 2023, Algorithm 1, with ancestral steps over any number of levels) in plain float64 loops: one image, on a
 * Gaussian prior, whose optimal network is affine with a symmetric matrix.
 */
export function restatedGuidance(walk: RestatedWalk, method: RestatedGuidance): Float64Array {
  const { oracle, operator, levels, seed = 0 } = walk;
  const { shape } = oracle.image;
  const y = Float64Array.from(walk.y);
  const network = oracleNetwork(oracle);
  const dense = denseOperator(operator);
  const filter = (r: Float64Array, from: number): Float64Array => method.filter?.(r, from) ?? r;
  const next = method.next ?? ((step) => step.noised(drawnNoise("z", step.number, shape, seed)));
  let x = method.start ?? drawnNoise("init", 0, shape, seed);
  for (let number = 1; number < levels.length; number++) {
    const [from, to] = [levels[number - 1]!, levels[number]!];
    const [a, b] = [oracle.schedule.alphaBar[from]!, oracle.schedule.alphaBar[to]!];
    const { x0: raw, epsilon } = network(x, from);
    const x0 = method.clip ? raw.map((value) => Math.min(1, Math.max(-1, value))) : raw;
    const r = filter(weightedSum([1, y], [-1, dense.apply(x0)]), from);
    const length = norm(r);
    const back = dense.adjoint(filter(r, from)).map((value, i) => (raw[i] === x0[i] ? value / length : 0));
    const pulled = weightedSum([1, network(back, from).x0], [-1, network(new Float64Array(back.length), from).x0]);
    const scale = method.scale(from);
    const zeta = method.mode === "faithful" ? scale : Math.min(scale * (from - to), length);
    const beta = 1 - a / b;
    const spread = restatedSpread(method.variance, x, a, b);
    const mean = weightedSum(
      [(Math.sqrt(b) * beta) / (1 - a), x0],
      [((1 - b) * Math.sqrt(a / b)) / (1 - a), x],
      [zeta, method.direction?.(pulled) ?? pulled],
    );
    x = next({ from, to, number, epsilon, noised: (z) => mean.map((value, i) => value + spread[i]! * z[i]!) });
  }
  return x;
}
