import { normals, type DenseMatrix } from "@leader/core";
import { operatorKey } from "../common/seed.js";

/**
 * `count` orthonormal rows in a uniformly random position: Gaussian rows, orthonormalised by modified Gram-Schmidt, twice, so that
 * they stay orthogonal to rounding. In distribution they are the first right singular vectors of a square Gaussian matrix.
 */
export function sensingMatrix(seed: number, count: number, length: number): DenseMatrix {
  const data = Float64Array.from(normals(operatorKey(seed, `block-compressed-sensing/${length}`), count * length));
  const row = (r: number): Float64Array => data.subarray(r * length, (r + 1) * length);
  for (let r = 0; r < count; r++) {
    const current = row(r);
    for (let pass = 0; pass < 2; pass++) for (let q = 0; q < r; q++) subtractProjection(current, row(q));
    const norm = Math.sqrt(current.reduce((sum, value) => sum + value * value, 0));
    for (let i = 0; i < length; i++) current[i]! /= norm;
  }
  return { rows: count, columns: length, data };
}

function subtractProjection(x: Float64Array, unit: Float64Array): void {
  let dot = 0;
  for (let i = 0; i < x.length; i++) dot += x[i]! * unit[i]!;
  for (let i = 0; i < x.length; i++) x[i]! -= dot * unit[i]!;
}
