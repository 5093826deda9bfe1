import type { LinearOperator, SpectralForm } from "../contract/operator.js";
import { float32Array, sizeOf, type HostTensor, type Tensor } from "@leader/graph";
import { constantOf } from "./constants.js";
import { lazy } from "./lazy.js";

/** The members of an operator that follow from its singular value decomposition; each costs two basis changes. */
export function spectralMembers(svd: SpectralForm): Required<Pick<LinearOperator, "apply" | "adjoint" | "pinv" | "svd" | "proxL2">> {
  const inverses = lazy(() => mapHost(svd.singularValues, (s) => (s > 0 ? 1 / s : 0)));
  const singularValues = (like: Tensor): Tensor => constantOf(like.trace, svd.singularValues);
  const apply = (x: Tensor): Tensor => svd.u(svd.vt(x).mul(singularValues(x)));
  return {
    svd,
    apply,
    adjoint: (y) => svd.v(svd.ut(y).mul(singularValues(y))),
    pinv: (y) => svd.v(svd.ut(y).mul(constantOf(y.trace, inverses()))),
    proxL2: (z, y, rho) => z.add(svd.v(svd.ut(y.sub(apply(z))).mul(regularisedInverse(singularValues(z), rho)))),
  };
}

/**
 * U^T (y - A x). As U^T y - s V^T x where that costs less, since the former is the same in every step of a run: unless the measurement is smaller
 * than the image, as in super-resolution, where V has many more columns than are needed.
 */
export function spectralResidual(operator: LinearOperator, svd: SpectralForm, y: Tensor, x: Tensor): Tensor {
  if (sizeOf(operator.range.shape) < sizeOf(operator.domain.shape)) return svd.ut(y.sub(operator.apply(x)));
  return svd.ut(y).sub(svd.vt(x).mul(constantOf(x.trace, svd.singularValues)));
}

/** s / (s^2 + rho): the spectral factor of A^T (A A^T + rho I)^-1. */
export const regularisedInverse = (singularValues: Tensor, rho: Tensor): Tensor => singularValues.div(singularValues.square().add(rho));

/** A float32 array of the same shape with `f` applied to every entry. */
export const mapHost = (value: HostTensor, f: (entry: number) => number): HostTensor => ({
  shape: value.shape,
  dtype: "float32",
  data: float32Array(value.data.length, (i) => f(value.data[i]!)),
});
