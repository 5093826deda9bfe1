import type { Tensor } from "@leader/core";
import { adjointDifference, edges, forwardDifference, incidentWeight, weightedLaplacian } from "./differences.js";
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
    const [dy, dx] = [forwardDifference(x0, 2), forwardDifference(x0, 3)];
    const overColours = (square: Tensor): Tensor => (colour === "coupled" ? square.sum([1], { keepDims: true }) : square);
    const [inRows, inColumns] = [edges(x0, 2), edges(x0, 3)];
    const squared = overColours(dy.square()).mul(inRows).add(overColours(dx.square()).mul(inColumns));
    const strength = x0.trace.scalar(weight, "float32");
    const diffusivity = strength.div(squared.add(epsilon * epsilon).sqrt());
    const [wy, wx] = [diffusivity.mul(inRows), diffusivity.mul(inColumns)];
    return {
      gradient: adjointDifference(dy.mul(wy), 2).add(adjointDifference(dx.mul(wx), 3)),
      curvature: incidentWeight(wy, 2).add(incidentWeight(wx, 3)),
      hessian: (v) => weightedLaplacian(v, 2, wy).add(weightedLaplacian(v, 3, wx)),
    };
  };
