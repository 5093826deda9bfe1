import { Matrix, solve } from "ml-matrix";
import type { LinearOperator } from "../contract/operator.js";
import { sizeOf } from "@leader/graph";
import { evaluator, innerProduct, weightedSum } from "@leader/graph/testing";

/** An operator on arrays in float64, for restating what a stage does with it. */
export interface ArrayOperator {
  apply(x: Float64Array): Float64Array;
  adjoint(y: Float64Array): Float64Array;
  /** argmin ||A x - y||^2 + rho ||x - z||^2. */
  proximal(z: Float64Array, y: Float64Array, rho: number): Float64Array;
}

/** By its matrix and the normal equations. Applies the operator to every unit image, so keep the image small. */
export function denseOperator(operator: LinearOperator): ArrayOperator {
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

/** Without a matrix, for larger images: the proximal map by conjugate gradients in float64, to ten digits. */
export function iterativeOperator(operator: LinearOperator): ArrayOperator {
  const apply = evaluator((x) => operator.apply(x), [operator.domain]);
  const adjoint = evaluator((y) => operator.adjoint(y), [operator.range]);
  return {
    apply,
    adjoint,
    proximal(z, y, rho) {
      const normal = (x: Float64Array): Float64Array => weightedSum([1, adjoint(apply(x))], [rho, x]);
      let x = z;
      let residual = adjoint(weightedSum([1, y], [-1, apply(z)]));
      let direction = residual;
      let squared = innerProduct(residual, residual);
      const solved = squared * 1e-20;
      while (squared > solved) {
        const image = normal(direction);
        const step = squared / innerProduct(direction, image);
        x = weightedSum([1, x], [step, direction]);
        residual = weightedSum([1, residual], [-step, image]);
        const next = innerProduct(residual, residual);
        direction = weightedSum([1, residual], [next / squared, direction]);
        squared = next;
      }
      return x;
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
