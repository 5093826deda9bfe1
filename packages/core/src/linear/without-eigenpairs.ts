import type { DenseMatrix } from "./dense.js";
import type { Eigenpairs } from "./eigenpairs.js";

/** Rows, and pairs, that are computed together: an entry of a vector is fetched once for all rows, one of the matrix once for all pairs. */
const BLOCK = 4;

/**
 * A - V^T diag(values) V of a symmetric matrix, of which only the upper triangle is computed. Each entry loses the pairs one after the other,
 * so that the sum does not depend on how many are taken together.
 */
export function without({ rows, columns, data }: DenseMatrix, { values, vectors }: Eigenpairs): DenseMatrix {
  const rest = data.slice();
  for (let first = 0; first < rows; first += BLOCK) {
    let k = 0;
    if (first + BLOCK <= rows) for (; k + BLOCK <= values.length; k += BLOCK) takeFour(rest, columns, values, vectors.data, first, k);
    for (; k < values.length; k++) {
      for (let r = first; r < Math.min(rows, first + BLOCK); r++) takeOne(rest, columns, values[k]!, vectors.data, r, k, first);
    }
  }
  for (let r = 0; r < rows; r++) for (let c = 0; c < r; c++) rest[r * columns + c] = rest[c * columns + r]!;
  return { rows, columns, data: rest };
}

/** One pair from a row, from column `first` on. */
function takeOne(rest: Float64Array, columns: number, value: number, vectors: Float64Array, r: number, k: number, first: number): void {
  const factor = value * vectors[k * columns + r]!;
  for (let at = r * columns + first, v = k * columns + first, end = (k + 1) * columns; v < end; v++, at++)
    rest[at]! -= factor * vectors[v]!;
}

/** Four pairs from four rows. */
function takeFour(rest: Float64Array, columns: number, values: Float64Array, vectors: Float64Array, first: number, k: number): void {
  const [v0, v1, v2, v3] = [k * columns, (k + 1) * columns, (k + 2) * columns, (k + 3) * columns] as const;
  const [w0, w1, w2, w3] = [values[k]!, values[k + 1]!, values[k + 2]!, values[k + 3]!] as const;
  for (let r = first; r < first + BLOCK; r += 2) {
    const [f0, f1, f2, f3] = [w0 * vectors[v0 + r]!, w1 * vectors[v1 + r]!, w2 * vectors[v2 + r]!, w3 * vectors[v3 + r]!] as const;
    const s = r + 1;
    const [g0, g1, g2, g3] = [w0 * vectors[v0 + s]!, w1 * vectors[v1 + s]!, w2 * vectors[v2 + s]!, w3 * vectors[v3 + s]!] as const;
    const [row, next] = [r * columns, s * columns];
    // Plain names: an array that is taken apart is made anew for each entry until the loop is compiled.
    for (let c = first; c < columns; c++) {
      const e0 = vectors[v0 + c]!;
      const e1 = vectors[v1 + c]!;
      const e2 = vectors[v2 + c]!;
      const e3 = vectors[v3 + c]!;
      rest[row + c] = rest[row + c]! - f0 * e0 - f1 * e1 - f2 * e2 - f3 * e3;
      rest[next + c] = rest[next + c]! - g0 * e0 - g1 * e1 - g2 * e2 - g3 * e3;
    }
  }
}
