import type { FreshNoise, StepContext } from "./baseline.js";
import type { Level, Prior } from "./denoiser.js";
import type { Tensor } from "@leader/graph";

/** Sigma_t of one state: a map and its mean, with the standard error of such a mean (0 if exact). In engine units squared, images in [-1,1]. */
export interface Uncertainty {
  /** diag Cov(x0 | x) per pixel; shape broadcasts to the image; not negative. */
  readonly variance: Tensor;
  /** U_t: mean of the estimate over pixels, before smoothing and clamping; a scalar. */
  readonly mean: Tensor;
  /**
   * Standard error of a mean over 128 x 128 pixels, or over the picture if it has fewer; a scalar. U differs from region to region of a large
   * picture, and a step that follows it must suit them all.
   */
  readonly standardError: Tensor;
}

/** Estimates how far the network's x0 may be from the truth: the stage kind `uncertainty`. */
export interface UncertaintyEstimator {
  /** True if the estimate needs to know which noise made the state. */
  readonly needsFreshNoise: boolean;
  /** Estimates in the first step and in every n-th from there; steps between carry the last estimate to their noise level. Default 1. */
  readonly every?: number;
  /** Traced with the network. `freshNoise` is there if `needsFreshNoise` asks for it. */
  estimate(
    ctx: StepContext,
    at: { readonly x: Tensor; readonly level: Level; readonly prior: Prior; readonly freshNoise?: FreshNoise },
  ): Uncertainty;
}
