import { Matrix, solve } from "ml-matrix";
import type { LinearOperator } from "../contract/operator.js";
import { sizeOf } from "../ir/shape.js";
import { evaluator } from "./evaluate.js";

/** An operator as a matrix in float64, for restating on arrays what a stage does with it. */
export interface DenseOperator {
  apply(x: Float64Array): Float64Array;
  adjoint(y: Float64Array): Float64Array;
  /** argmin ||A x - y||^2 + rho ||x - z||^2 by its normal equations. */
  proximal(z: Float64Array, y: Float64Array, rho: number): Float64Array;
}

/** Applies the operator to every unit image, so keep the image small. */
export function denseOperator(operator: LinearOperator): DenseOperator {
  const a = matrixOf(operator);
  const transposed = a.transpose();
  const gram = transposed.mmul(a);
  const times = (matrix: Matrix, x: Float64Array): Float64Array => Float64Array.from(matrix.mmul(column(x)).to1DArray());
  return {
    apply: (x) => times(a, x),
    adjoint: (y) => times(transposed, y),
    proximal(z, y, rho) {
      const right = transposed.mmul(column(y)).add(column(z).mul(rho));
      return Float64Array.from(solve(Matrix.add(gram, Matrix.eye(a.columns).mul(rho)), right).to1DArray());
    },
  };
}

/** One column per pixel. */
export function matrixOf(operator: LinearOperator): Matrix {
  const apply = evaluator((x) => operator.apply(x), [operator.domain]);
  const n = sizeOf(operator.domain.shape);
  const columns = Array.from({ length: n }, (_, j) =>
    Array.from(apply(Float64Array.from({ length: n }, (_unused, i) => (i === j ? 1 : 0)))),
  );
  return new Matrix(columns).transpose();
}

const column = (values: Float64Array): Matrix => Matrix.columnVector(Array.from(values));
