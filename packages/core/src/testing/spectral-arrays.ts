import { evaluator } from "@leader/graph/testing";
import { sizeOf } from "@leader/graph";
import type { LinearOperator } from "../contract/operator.js";

/** The decomposition of an operator on arrays, for restatements by singular values in float64. */
export interface SpectralArrays {
  /** Of a draw of coefficients. */
  readonly shape: readonly number[];
  /** One singular value for each coefficient. */
  readonly s: Float64Array;
  readonly v: (coefficients: Float64Array) => Float64Array;
  readonly vt: (x: Float64Array) => Float64Array;
  readonly ut: (y: Float64Array) => Float64Array;
}

/** Of an operator that has one. */
export function spectralArrays(operator: LinearOperator): SpectralArrays {
  const svd = operator.svd!;
  const { shape, singularValues } = svd;
  const coefficients = { shape, dtype: "float32" } as const;
  return {
    shape,
    s: evaluator((c) => c.mul(0).add(c.trace.constant(singularValues)), [coefficients])(new Float64Array(sizeOf(shape))),
    v: evaluator((c) => svd.v(c), [coefficients]),
    vt: evaluator((x) => svd.vt(x), [operator.domain]),
    ut: evaluator((y) => svd.ut(y), [operator.range]),
  };
}
