import { operatorPower, proximalMap, regularisedInverse, type LinearOperator, type Tensor } from "@leader/core";

/** Moves a clean image x0 towards the measurement y; the larger rho, the less. */
export interface DataStep {
  solve(operator: LinearOperator, x0: Tensor, y: Tensor, rho: Tensor): Tensor;
  /** The same by singular values s: what it multiplies U^T (y - A x0) with, 0 where s = 0. */
  gain(s: Tensor, rho: Tensor): Tensor;
}

/** Keeps quotients finite. */
const tiny = 1e-12;

/** xh = argmin ||A x - y||^2 + rho ||x - x0||^2 (Zhu et al. 2023), in closed form or by conjugate gradients. */
export const proximalStep = (iterations: number): DataStep => ({
  solve: (operator, x0, y, rho) => proximalMap(operator, { iterations })(x0, y, rho),
  gain: regularisedInverse,
});

/**
 * Iterative back-projection: x <- x + gamma A^+ (y - A x) / (1 + rho), repeated. The released code has nearest-neighbour interpolation in
 * place of A^+, which is the same for block means.
 */
export const backProjectionStep = (gamma: number, iterations: number): DataStep => ({
  solve(operator, x0, y, rho) {
    const pinv = operatorPower(operator, "pinv", "diffpir");
    const length = x0.trace.scalar(gamma, "float32").div(rho.add(1));
    let x = x0;
    for (let i = 0; i < iterations; i++) x = x.add(pinv(y.sub(operator.apply(x))).mul(length));
    return x;
  },
  gain(s, rho) {
    const left = s.trace.scalar(-gamma, "float32").div(rho.add(1)).add(1).pow(iterations);
    return s.greater(0).where(left.sub(1).neg().div(s.maximum(tiny)), 0);
  },
});

/**
 * One gradient step on the objective of `proximalStep` from x0: x0 - A^T (A x0 - y) / (1 + rho), stable for operators of norm up to 1 and the
 * exact minimum where A^T A = 1. The released code divides by rho alone.
 */
export const gradientStep = (unbounded: boolean): DataStep => ({
  solve: (operator, x0, y, rho) => x0.add(operator.adjoint(y.sub(operator.apply(x0))).div(unbounded ? rho : rho.add(1))),
  gain: (s, rho) => s.div(unbounded ? rho : rho.add(1)),
});
