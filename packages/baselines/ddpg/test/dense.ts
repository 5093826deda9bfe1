import { sizeOf, type LinearOperator } from "@leader/core";
import { map } from "./oracle-walk.js";

/** A matrix in float64, one array per row. */
export type Matrix = readonly Float64Array[];

/** The operator as a matrix. */
export function denseOf(operator: LinearOperator): Matrix {
  const apply = map((x) => operator.apply(x), operator.domain);
  const n = sizeOf(operator.domain.shape);
  const columns = Array.from({ length: n }, (_, j) => apply(Float64Array.from({ length: n }, (_unused, i) => (i === j ? 1 : 0))));
  return Array.from({ length: sizeOf(operator.range.shape) }, (_, r) => Float64Array.from(columns, (column) => column[r]!));
}

export const times = (a: Matrix, x: Float64Array): Float64Array =>
  Float64Array.from(a, (row) => row.reduce((sum, value, i) => sum + value * x[i]!, 0));

export const transposed = (a: Matrix): Matrix => Array.from(a[0]!, (_, j) => Float64Array.from(a, (row) => row[j]!));

/** argmin ||A x - y||^2 + rho ||x - z||^2 by Gaussian elimination on its normal equations, which are positive definite. */
export function denseProx(a: Matrix, z: Float64Array, y: Float64Array, rho: number): Float64Array {
  const columns = transposed(a);
  const system = columns.map((p, i) =>
    Float64Array.from(columns, (q, j) => p.reduce((sum, value, k) => sum + value * q[k]!, 0) + (i === j ? rho : 0)),
  );
  const right = times(columns, y).map((value, i) => value + rho * z[i]!);
  for (let k = 0; k < right.length; k++) {
    for (let r = k + 1; r < right.length; r++) {
      const factor = system[r]![k]! / system[k]![k]!;
      if (factor === 0) continue;
      for (let c = k; c < right.length; c++) system[r]![c]! -= factor * system[k]![c]!;
      right[r]! -= factor * right[k]!;
    }
  }
  for (let k = right.length - 1; k >= 0; k--) {
    for (let c = k + 1; c < right.length; c++) right[k]! -= system[k]![c]! * right[c]!;
    right[k]! /= system[k]![k]!;
  }
  return right;
}
