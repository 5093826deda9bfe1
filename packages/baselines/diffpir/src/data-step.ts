import { operatorPower, proximalMap, type LinearOperator, type Tensor } from "@leader/core";

/** Moves a clean image x0 towards the measurement y; the larger rho, the less. */
export type DataStep = (operator: LinearOperator, x0: Tensor, y: Tensor, rho: Tensor) => Tensor;

/** xh = argmin ||A x - y||^2 + rho ||x - x0||^2 (Zhu et al. 2023), in closed form or by conjugate gradients. */
export const proximalStep =
  (iterations: number): DataStep =>
  (operator, x0, y, rho) =>
    proximalMap(operator, { iterations })(x0, y, rho);

/**
 * Iterative back-projection: x <- x + gamma A^+ (y - A x) / (1 + rho), repeated. The released code has nearest-neighbour interpolation in
 * place of A^+, which is the same for block means.
 */
export const backProjectionStep =
  (gamma: number, iterations: number): DataStep =>
  (operator, x0, y, rho) => {
    const pinv = operatorPower(operator, "pinv", "diffpir");
    const length = x0.trace.scalar(gamma, "float32").div(rho.add(1));
    let x = x0;
    for (let i = 0; i < iterations; i++) x = x.add(pinv(y.sub(operator.apply(x))).mul(length));
    return x;
  };

/**
 * One gradient step on the objective of `proximalStep` from x0: x0 - A^T (A x0 - y) / (1 + rho), stable for operators of norm up to 1 and the
 * exact minimum where A^T A = 1. The released code divides by rho alone.
 */
export const gradientStep =
  (unbounded: boolean): DataStep =>
  (operator, x0, y, rho) =>
    x0.add(operator.adjoint(y.sub(operator.apply(x0))).div(unbounded ? rho : rho.add(1)));
