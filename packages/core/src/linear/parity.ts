import { denseMatrix, type DenseMatrix } from "./dense.js";
import type { Eigenpairs } from "./eigenpairs.js";

/**
 * A centrosymmetric matrix on vectors that are even and on those that are odd, in the bases (e_i + e_(n-1-i)) / sqrt(2), with the middle e of
 * an odd size last, and (e_i - e_(n-1-i)) / sqrt(2). Few diagonals stay few.
 */
export function parityParts(a: DenseMatrix): { readonly even: DenseMatrix; readonly odd: DenseMatrix } {
  const { rows: n } = a;
  const [half, middle] = [Math.floor(n / 2), n % 2];
  const entry = (r: number, c: number): number => a.data[r * n + c]!;
  const weight = (i: number): number => (i < half ? 1 : Math.SQRT1_2);
  return {
    even: denseMatrix(half + middle, half + middle, (r, c) => weight(r) * weight(c) * (entry(r, c) + entry(r, n - 1 - c))),
    odd: denseMatrix(half, half, (r, c) => entry(r, c) - entry(r, n - 1 - c)),
  };
}

/** Eigenpairs of the whole matrix from those of its parts, which may be any number of each. */
export function joinedPairs(even: Eigenpairs, odd: Eigenpairs): Eigenpairs {
  const half = odd.vectors.columns;
  const n = even.vectors.columns + half;
  const first = even.values.length;
  const vectors = denseMatrix(first + odd.values.length, n, (k, place) => {
    const i = Math.min(place, n - 1 - place);
    if (k < first) return even.vectors.data[k * even.vectors.columns + i]! * (i < half ? Math.SQRT1_2 : 1);
    return i < half ? odd.vectors.data[(k - first) * half + i]! * (place < half ? Math.SQRT1_2 : -Math.SQRT1_2) : 0;
  });
  return { values: Float64Array.of(...even.values, ...odd.values), vectors };
}
