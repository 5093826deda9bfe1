import type { LinearOperator } from "../contract/operator.js";
import type { Tensor } from "@leader/graph";
import { conjugateGradient, type ConjugateGradientOptions } from "./conjugate-gradient.js";
import { constantOf } from "./constants.js";
import { onlyMeasured } from "./only-measured.js";
import { regularisedInverse, spectralResidual } from "./spectral.js";

export interface ProximalMapOptions {
  /** Of conjugate gradients, where the operator has neither `proxL2` nor `svd`. */
  readonly iterations: number;
}

/**
 * The proximal map of an operator's data term, for stages that shall run with any operator:
 * (z, y, rho) -> argmin_x ||A x - y||^2 + rho ||x - z||^2 = z + A^T (A A^T + rho)^-1 (y - A z), with rho > 0 a scalar. Takes the operator's own
 * closed form, or its singular values, or else conjugate gradients in the space of measurements, preconditioned where it has
 * an approximate inverse.
 */
export function proximalMap(operator: LinearOperator, { iterations }: ProximalMapOptions): NonNullable<LinearOperator["proxL2"]> {
  const { proxL2, svd } = operator;
  if (proxL2 !== undefined) return proxL2;
  return (z, y, rho) => {
    if (svd !== undefined) {
      const gain = regularisedInverse(constantOf(z.trace, svd.singularValues), rho);
      return z.add(svd.v(spectralResidual(operator, svd, y, z).mul(gain)));
    }
    const residual = onlyMeasured(operator, y.sub(operator.apply(z)));
    const normal = (u: Tensor): Tensor => operator.apply(operator.adjoint(u)).add(u.mul(rho));
    const solution = conjugateGradient(normal, residual, preconditioned(operator, iterations, rho));
    return z.add(operator.adjoint(solution));
  };
}

/** One preconditioned iteration is about as good as this many others. */
const saved = 8;

/** For a measurement that is not whole, the inverse of the rows and columns that are there: still symmetric and positive definite. */
function preconditioned(operator: LinearOperator, iterations: number, rho: Tensor): ConjugateGradientOptions {
  const { normalInverse } = operator;
  if (normalInverse === undefined) return { iterations };
  return { iterations: Math.ceil(iterations / saved), precondition: (u) => onlyMeasured(operator, normalInverse(u, rho)) };
}
