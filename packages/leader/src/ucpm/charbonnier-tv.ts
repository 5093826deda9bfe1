import type { Tensor } from "@leader/core";
import { adjointDifference, forwardDifference, incidentWeight, weightedLaplacian } from "./differences.js";
import type { Penalty } from "./penalty.js";

export interface CharbonnierOptions {
  readonly weight: number;
  /** Differences well below this count as noise and are smoothed linearly; in units of image values in [-1,1]. */
  readonly epsilon: number;
  /** `coupled`: one edge strength for all channels, so that colours break at the same places; `separate`: one per channel. */
  readonly colour: "coupled" | "separate";
}

/**
 * Phi(x) = weight * sum over pixels of sqrt(|D x|^2 + epsilon^2), the Charbonnier form of isotropic total variation. Its Hessian
 * is taken with lagged diffusivity, H = D^T diag(weight / sqrt(|D x0|^2 + epsilon^2)) D, which is positive semidefinite and
 * never less curved than the true one (Vogel and Oman 1996).
 */
export const charbonnierTv =
  ({ weight, epsilon, colour }: CharbonnierOptions): Penalty =>
  (x0) => {
    const dy = forwardDifference(x0, 2);
    const dx = forwardDifference(x0, 3);
    const perChannel = dy.square().add(dx.square());
    const squared = colour === "coupled" ? perChannel.sum([1], { keepDims: true }) : perChannel;
    const one: Tensor = x0.trace.scalar(weight, "float32");
    const diffusivity = one.div(squared.add(epsilon * epsilon).sqrt());
    return {
      gradient: adjointDifference(dy.mul(diffusivity), 2).add(adjointDifference(dx.mul(diffusivity), 3)),
      curvature: incidentWeight(diffusivity, 2).add(incidentWeight(diffusivity, 3)),
      hessian: (v) => weightedLaplacian(v, 2, diffusivity).add(weightedLaplacian(v, 3, diffusivity)),
    };
  };
