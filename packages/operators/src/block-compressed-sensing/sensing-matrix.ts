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
    for (let pass = 0; pass < 2; pass++) subtractProjections(current, data, r);
    const norm = Math.sqrt(current.reduce((sum, value) => sum + value * value, 0));
    for (let i = 0; i < length; i++) current[i]! /= norm;
  }
  return { rows: count, columns: length, data };
}

/**
 * Takes the parts along the first `count` rows from x, one after the other. The product with the next row is summed while the part along one
 * is taken: a sum waits for its last addition, and has time for that.
 */
function subtractProjections(x: Float64Array, rows: Float64Array, count: number): void {
  const length = x.length;
  let dot = 0;
  if (count > 0) for (let i = 0; i < length; i++) dot += x[i]! * rows[i]!;
  for (let q = 0; q < count; q++) {
    const [unit, next] = [q * length, (q + 1) * length];
    let following = 0;
    // What comes after the last row is x itself or what is not made yet, and not used.
    for (let i = 0; i < length; i++) {
      const value = x[i]! - dot * rows[unit + i]!;
      x[i] = value;
      following += value * rows[next + i]!;
    }
    dot = following;
  }
}
