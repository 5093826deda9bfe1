import { denseMatrix, type DenseMatrix } from "@leader/core";

/** Orthonormal DCT-II: row k is the k-th cosine, and row 0 is constant. */
export const cosineBasis = (n: number): DenseMatrix =>
  denseMatrix(n, n, (k, i) => Math.sqrt((k === 0 ? 1 : 2) / n) * Math.cos((Math.PI * k * (i + 0.5)) / n));
