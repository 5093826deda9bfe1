import { extents } from "@leader/graph";
import { negativeLaplacian, neighbourCount } from "./differences.js";
import type { Penalty } from "./penalty.js";

/** Phi(x) = weight / 2 * |D x|^2: quadratic, so that eq. 14 with the full Hessian is the exact minimiser of eq. 11. */
export const tikhonov =
  ({ weight }: { readonly weight: number }): Penalty =>
  (x0) => {
    const [height, width] = extents(x0.shape.slice(2), 2);
    return {
      gradient: negativeLaplacian(x0).mul(weight),
      curvature: x0.trace.constant(neighbourCount(height, width)).mul(weight),
      hessian: (v) => negativeLaplacian(v).mul(weight),
    };
  };
