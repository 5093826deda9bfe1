import { forward } from "@leader/graph";
import type { AncestralVariance } from "../formulas/ancestral-step.js";
import type { WalkedPrior } from "./walk-oracle.js";

/** The prior with a network that also learned the variance of its steps, differently for every state: f = (1 + tanh x) / 2. */
export const withLearnedVariance = <P extends WalkedPrior>(oracle: P): P => ({
  ...oracle,
  denoiser: forward(oracle.denoiser, {
    denoise: (x, level) => ({ ...oracle.denoiser.denoise(x, level), varianceShare: x.tanh().add(1).div(2) }),
  }),
});

/**
 * Standard deviations of the noise of an ancestral step from alphaBar a to b, of every pixel of the state x, in plain arithmetic; `learned` is that
 * of `withLearnedVariance`, `auto` that of a network without.
 */
export function restatedSpread(variance: AncestralVariance, x: Float64Array, a: number, b: number): Float64Array {
  const beta = 1 - a / b;
  const posterior = ((1 - b) / (1 - a)) * beta;
  return x.map((value) => {
    if (b === 1) return 0;
    const f = variance === "learned" ? (1 + Math.tanh(value)) / 2 : variance === "upper" ? 1 : 0;
    return Math.exp((f * Math.log(beta) + (1 - f) * Math.log(posterior)) / 2);
  });
}
