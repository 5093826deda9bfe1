import type { Tensor } from "@leader/core";

/** A prior functional Phi, linearised at one image (eq. 13). */
export interface LinearizedPenalty {
  /** grad Phi(x0). */
  readonly gradient: Tensor;
  /**
   * A diagonal in place of H: half the sum of |H| along each row, the smallest for which the correction never amplifies
   * a component, whatever Sigma is. For penalties on first differences it is exactly the diagonal of H.
   */
  readonly curvature: Tensor;
  /** H v, H symmetric and positive semidefinite. */
  readonly hessian: (v: Tensor) => Tensor;
}

/** Linearises Phi at x0, [N,C,H,W] in [-1,1]. */
export type Penalty = (x0: Tensor) => LinearizedPenalty;
