import type { DenseMatrix } from "./dense.js";

/** Eigenvectors as rows, each with its value. */
export interface Eigenpairs {
  readonly values: Float64Array;
  /** One row per value. */
  readonly vectors: DenseMatrix;
}
