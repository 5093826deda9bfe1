import { edges, incidentWeight, squaredGradient, weightedLaplacian } from "./differences.js";
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
    const strength = x0.trace.scalar(weight, "float32");
    const diffusivity = strength.div(
      squaredGradient(x0, colour)
        .add(epsilon * epsilon)
        .sqrt(),
    );
    const [wy, wx] = [diffusivity.mul(edges(x0, 2)), diffusivity.mul(edges(x0, 3))];
    return {
      gradient: weightedLaplacian(x0, 2, wy).add(weightedLaplacian(x0, 3, wx)),
      curvature: incidentWeight(wy, 2).add(incidentWeight(wx, 3)),
      hessian: (v) => weightedLaplacian(v, 2, wy).add(weightedLaplacian(v, 3, wx)),
    };
  };
