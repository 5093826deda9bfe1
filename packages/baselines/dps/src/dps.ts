import { guidedAncestral, type GuidedAncestralOptions, type LastEstimate, type UpdateRule } from "@leader/core";

export interface DpsOptions extends Pick<GuidedAncestralOptions, "mode" | "clip" | "variance"> {
  /** zeta, the length of a step along the gradient of |r| per trained level. */
  readonly scale: number;
}

/**
 * DPS: diffusion posterior sampling (Chung et al. 2023, Algorithm 1), core's `guidedAncestral`: an ancestral step, then one along the gradient,
 * through the network, of how badly the estimate fits:
 *
 *   x0 = clip(D(x)),   r = y - A x0
 *   x' = mu(x0, x) + s z + zeta J^T A^T r / |r|
 *
 * The direction is -grad_x |r|, of the norm itself as in the released code; the paper's step zeta' grad |r|^2 with zeta' / |r| is twice as
 * long. Images in [-1,1]. The noise of the measurement is not used.
 *
 * `corrected` (default): |r| per image, zeta for every trained level that a step crosses, and never more than |r|, so that a scale
 * means the same on any grid. `faithful`: |r| over the whole batch and zeta per step, however long the step.
 */
export const dps = (options: DpsOptions): UpdateRule<LastEstimate> => guidedAncestral(options);
