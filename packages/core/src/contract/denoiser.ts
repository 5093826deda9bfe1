import type { Aval, Tensor, Rematerialisation } from "@leader/graph";

/** Variance-preserving noise levels in float64: index 0 is clean (alphaBar = 1), the last index is (almost) pure noise. */
export interface NoiseSchedule {
  /** Number of levels, the clean one included. */
  readonly length: number;
  /** alphaBar by index, strictly decreasing. */
  readonly alphaBar: Float64Array;
  /** Training timestep by index, as networks with a `timestep` input expect it; -1 at index 0. */
  readonly timestep: Float64Array;
}

/**
 * One noise level as graph inputs (scalars), so that a new level never means a new trace. All are computed in
 * float64 and rounded once: 1 - alphaBar formed in float32 would lose its digits near the clean end.
 */
export interface Level {
  /** Index in the schedule. */
  readonly index: Tensor;
  /** Training timestep of the index. */
  readonly timestep: Tensor;
  /** Share of the signal in the variance of the state: x = sqrt(alphaBar) x0 + sqrt(1 - alphaBar) epsilon (DDPM, Ho et al. 2020). */
  readonly alphaBar: Tensor;
  readonly sqrtAlphaBar: Tensor;
  readonly sqrtOneMinusAlphaBar: Tensor;
  /** sqrt((1 - alphaBar) / alphaBar): noise of the rescaled (variance-exploding) state. */
  readonly sigma: Tensor;
}

/** What the network says about x at a level. `x0` is the posterior mean E[x0 | x], whatever the network predicts. */
export interface Prior {
  /** Of the image's type, in [-1,1] but not clipped to it. */
  readonly x0: Tensor;
  /** (x - sqrt(alphaBar) x0) / sqrt(1 - alphaBar), of the image's type. */
  readonly epsilon: Tensor;
  /**
   * Of networks that learned how much noise a step draws: f, per pixel and of the image's type, for a log variance of f log beta +
   * (1 - f) log betaTilde (`ancestralStep`). About [0,1]; absent: none was learned.
   */
  readonly varianceShare?: Tensor;
  /** Posterior variance per pixel, diag Cov(x0 | x); shape broadcasts to the image. Set by the host from the estimator. */
  readonly uncertainty?: Tensor;
}

/** A noise predictor for images of one type. */
export interface Denoiser {
  /** Type of the images: float32 [N,C,H,W]. */
  readonly image: Aval;
  readonly schedule: NoiseSchedule;
  /** True if derivatives through `denoise` exist. */
  readonly differentiable: boolean;
  /** What a pass back through `denoise` computes again to save memory. Absent: nothing. */
  readonly rematerialise?: Rematerialisation;
  /** Evaluates the network at the sample x of the image's type. */
  denoise(x: Tensor, level: Level): Prior;
  /** Exact diag Cov(x0 | x), for analytic priors. */
  readonly posteriorVariance?: (x: Tensor, level: Level) => Tensor;
}

/** What a denoiser plugin makes from its options: the same network for any image size that it accepts. */
export interface DenoiserFactory {
  readonly schedule: NoiseSchedule;
  /**
   * The denoiser for images of this type; a coded error if the network cannot take them.
   * @param tile the largest side in pixels that the network should see at once, where the options of the stage leave that open.
   */
  at(image: Aval, tile?: number): Denoiser;
}
