import { EigenvalueDecomposition, Matrix, SingularValueDecomposition } from "ml-matrix";
import {
  columnRange,
  denseMatrix,
  isCentrosymmetric,
  isSymmetric,
  denseProduct,
  scaledColumns,
  denseTranspose,
  type DenseMatrix,
} from "./dense.js";
import type { Eigenpairs } from "./eigenpairs.js";
import { knownEigenpairs } from "./known-eigenvectors.js";
import { joinedPairs, parityParts } from "./parity.js";
import { remembered } from "./remembered.js";
import { bandEigenpairs } from "./small-eigenpairs.js";

/** B = U diag(s) V^T with k columns in U and V, s descending and non-negative. */
export interface DenseSvd {
  readonly u: DenseMatrix;
  readonly singularValues: Float64Array;
  readonly v: DenseMatrix;
}

/** Relative size below which a Gram matrix, whose eigenvalues are squares, has lost too many digits of a singular value. */
const GRAM_LIMIT = 1e-3;

/** All min(rows, columns) singular triplets, also those of value zero. */
export const denseSvd = (b: DenseMatrix): DenseSvd => rememberedSvd("svd", b, [], () => computedSvd(b));

function computedSvd(b: DenseMatrix): DenseSvd {
  if (isSymmetric(b)) return symmetricSvd(b);
  if (b.columns > b.rows) {
    const { u, singularValues, v } = computedSvd(denseTranspose(b));
    return { u: v, singularValues, v: u };
  }
  const svd = new SingularValueDecomposition(Matrix.from1DArray(b.rows, b.columns, b.data), { autoTranspose: false });
  return sorted({
    u: fromMatrix(svd.leftSingularVectors),
    singularValues: Float64Array.from(svd.diagonal),
    v: fromMatrix(svd.rightSingularVectors),
  });
}

/**
 * The singular triplets whose value is at least `threshold` and above the rounding level of float32, in which operators run.
 * Uses the eigenvectors of the smaller Gram matrix, several times cheaper than a direct decomposition, where that loses no digits.
 */
export const thinSvd = (b: DenseMatrix, threshold = 0): DenseSvd =>
  rememberedSvd("thin-svd", b, [threshold], () => {
    const svd = isSymmetric(b) ? symmetricSvd(b) : (gramSvd(b, threshold) ?? computedSvd(b));
    return truncated(svd, cutoff(svd.singularValues, threshold, Math.max(b.rows, b.columns)));
  });

/** A decomposition, from the place where this process keeps things if it is there. */
function rememberedSvd(kind: string, b: DenseMatrix, settings: readonly number[], compute: () => DenseSvd): DenseSvd {
  return remembered(kind, b, settings, {
    compute,
    arrays: ({ u, singularValues, v }) => [u.data, singularValues, v.data],
    // Values and vectors of a decomposition are as many as the columns of both factors.
    made: ([u, singularValues, v]) => {
      const columns = singularValues?.length ?? 0;
      if (u?.length !== b.rows * columns || v?.length !== b.columns * columns || singularValues === undefined) return undefined;
      return { u: { rows: b.rows, columns, data: u }, singularValues, v: { rows: b.columns, columns, data: v } };
    },
  });
}

/** The smallest value that counts as non-zero. */
function cutoff(singularValues: Float64Array, threshold: number, size: number): number {
  return Math.max(threshold, (singularValues[0] ?? 0) * size * 2 ** -24, Number.MIN_VALUE);
}

function truncated({ u, singularValues, v }: DenseSvd, smallest: number): DenseSvd {
  const kept = singularValues.filter((s) => s >= smallest);
  return { u: columnRange(u, 0, kept.length), singularValues: kept, v: columnRange(v, 0, kept.length) };
}

/** From B = Q diag(w) Q^T: the values are |w|, and the signs go to U. */
function symmetricSvd(b: DenseMatrix): DenseSvd {
  const { vectors: rows, values } = symmetricEigen(b);
  const vectors = denseTranspose(rows);
  return sorted({
    u: scaledColumns(
      vectors,
      values.map((w) => (w < 0 ? -1 : 1)),
    ),
    singularValues: values.map(Math.abs),
    v: vectors,
  });
}

/** From the eigenvectors of B B^T or B^T B; undefined if a value that is kept is too small for that. */
function gramSvd(b: DenseMatrix, threshold: number): DenseSvd | undefined {
  if (b.rows > b.columns) {
    const svd = gramSvd(denseTranspose(b), threshold);
    return svd === undefined ? undefined : { u: svd.v, singularValues: svd.singularValues, v: svd.u };
  }
  const { vectors: rows, values } = symmetricEigen(symmetrized(denseProduct(b, denseTranspose(b))));
  const vectors = denseTranspose(rows);
  const all = sorted({ u: vectors, singularValues: values.map((w) => Math.sqrt(Math.max(0, w))), v: vectors });
  const { u, singularValues } = truncated(all, cutoff(all.singularValues, threshold, b.columns));
  const smallest = singularValues.at(-1);
  if (smallest === undefined || smallest < GRAM_LIMIT * singularValues[0]!) return undefined;
  return {
    u,
    singularValues,
    v: scaledColumns(
      denseProduct(denseTranspose(b), u),
      singularValues.map((s) => 1 / s),
    ),
  };
}

const symmetrized = (a: DenseMatrix): DenseMatrix =>
  denseMatrix(a.rows, a.columns, (r, c) => (a.data[r * a.columns + c]! + a.data[c * a.columns + r]!) / 2);

/**
 * From what the matrix is known to be, if that tells its eigenvectors. Otherwise those of blurs are even or odd when the blur has no
 * preferred end: two problems of half the size cost a quarter.
 */
function symmetricEigen(a: DenseMatrix): Eigenpairs {
  const known = knownEigenpairs(a);
  if (known !== undefined) return known;
  if (a.rows <= 3 || !isCentrosymmetric(a)) return directEigen(a);
  const { even, odd } = parityParts(a);
  return joinedPairs(directEigen(even), directEigen(odd));
}

function directEigen(a: DenseMatrix): Eigenpairs {
  const pairs = bandEigenpairs(a);
  if (pairs !== undefined) return pairs;
  const eigen = new EigenvalueDecomposition(Matrix.from1DArray(a.rows, a.columns, a.data), { assumeSymmetric: true });
  return { vectors: denseTranspose(fromMatrix(eigen.eigenvectorMatrix)), values: Float64Array.from(eigen.realEigenvalues) };
}

function sorted({ u, singularValues, v }: DenseSvd): DenseSvd {
  const order = Array.from(singularValues.keys()).sort((i, j) => singularValues[j]! - singularValues[i]!);
  const reordered = (a: DenseMatrix): DenseMatrix => denseMatrix(a.rows, order.length, (r, c) => a.data[r * a.columns + order[c]!]!);
  return { u: reordered(u), singularValues: Float64Array.from(order, (i) => singularValues[i]!), v: reordered(v) };
}

const fromMatrix = (a: Matrix): DenseMatrix => denseMatrix(a.rows, a.columns, (r, c) => a.get(r, c));

/**
 * An orthogonal n x n matrix whose first columns are those of `basis` (n x k, orthonormal), by Householder reflections:
 * adds the null space to a thin decomposition.
 */
export function completedBasis(basis: DenseMatrix): DenseMatrix {
  const { rows: n, columns: k } = basis;
  // Columns are kept as rows here, so that every reflection runs over contiguous memory.
  const columns = denseTranspose(basis);
  const reflectors: Float64Array[] = [];
  for (let j = 0; j < k; j++) {
    const column = columns.data.subarray(j * n, (j + 1) * n);
    for (const [i, reflector] of reflectors.entries()) reflect(column, reflector, i);
    reflectors.push(reflectorOf(column, j));
  }
  const complement = denseMatrix(n - k, n, (r, c) => (c === k + r ? 1 : 0));
  for (let r = 0; r < n - k; r++) {
    const row = complement.data.subarray(r * n, (r + 1) * n);
    for (let j = k - 1; j >= 0; j--) reflect(row, reflectors[j]!, j);
  }
  return denseMatrix(n, n, (r, c) => (c < k ? basis.data[r * k + c]! : complement.data[(c - k) * n + r]!));
}

/** Unit vector of the reflection that maps `column`, from entry `from` on, to a multiple of a unit vector. */
function reflectorOf(column: Float64Array, from: number): Float64Array {
  const reflector = column.slice(from);
  const norm = normOf(reflector);
  reflector[0]! += reflector[0]! < 0 ? -norm : norm;
  const length = normOf(reflector);
  return length === 0 ? reflector : reflector.map((x) => x / length);
}

const normOf = (x: Float64Array): number => Math.sqrt(x.reduce((sum, entry) => sum + entry * entry, 0));

/** x <- (I - 2 r r^T) x, on the entries from `from` on. */
function reflect(x: Float64Array, reflector: Float64Array, from: number): void {
  let dot = 0;
  for (let i = 0; i < reflector.length; i++) dot += reflector[i]! * x[from + i]!;
  for (let i = 0; i < reflector.length; i++) x[from + i]! -= 2 * dot * reflector[i]!;
}
