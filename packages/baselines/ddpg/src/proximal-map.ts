import { conjugateGradient, constantOf, regularisedInverse, type LinearOperator, type Tensor } from "@leader/core";

/**
 * argmin_x ||A x - y||^2 + rho ||x - z||^2 = z + A^T (A A^T + rho)^-1 (y - A z) for any operator: by its own closed form, by its singular
 * values, or by conjugate gradients in the space of measurements.
 */
export function proximalMap(operator: LinearOperator, z: Tensor, y: Tensor, rho: Tensor, iterations: number): Tensor {
  if (operator.proxL2 !== undefined) return operator.proxL2(z, y, rho);
  const residual = y.sub(operator.apply(z));
  const { svd } = operator;
  if (svd !== undefined) {
    const gain = regularisedInverse(constantOf(z.trace, svd.singularValues), rho);
    return z.add(svd.v(svd.ut(residual).mul(gain)));
  }
  const normal = (u: Tensor): Tensor => operator.apply(operator.adjoint(u)).add(u.mul(rho));
  return z.add(operator.adjoint(conjugateGradient(normal, residual, { iterations })));
}
