import { extents, type Tensor } from "@leader/core";
import { negativeLaplacian, neighbourCount } from "./differences.js";
import type { Penalty } from "./penalty.js";

/** Phi(x) = weight / 2 * |Laplace x|^2: second differences, which leave linear ramps alone. */
export const laplacian =
  ({ weight }: { readonly weight: number }): Penalty =>
  (x0) => {
    const hessian = (v: Tensor): Tensor => negativeLaplacian(negativeLaplacian(v)).mul(weight);
    const [height, width] = extents(x0.shape.slice(2), 2);
    const count = x0.trace.constant(neighbourCount(height, width));
    // Half the row sum of |L| |L| for L = -Laplace, whose rows hold n and n times -1: n^2 + (sum of the neighbours' n),
    // and that sum is n^2 - L n.
    const curvature = count.square().mul(2).sub(negativeLaplacian(count)).mul(weight);
    return { gradient: hessian(x0), curvature, hessian };
  };
