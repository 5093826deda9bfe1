import { graphErrors, type HostTensor } from "@leader/graph";
import { lazy } from "./lazy.js";

/** A real matrix in float64, row-major: what operators compute their constants with, on the host. */
export interface DenseMatrix {
  readonly rows: number;
  readonly columns: number;
  readonly data: Float64Array;
}

/** Makes a matrix from its entries. */
export function denseMatrix(rows: number, columns: number, entry: (row: number, column: number) => number): DenseMatrix {
  const data = new Float64Array(rows * columns);
  for (let r = 0; r < rows; r++) for (let c = 0; c < columns; c++) data[r * columns + c] = entry(r, c);
  return { rows, columns, data };
}

/** A matrix whose entries are made when they are first asked for: those of large pictures take gigabytes, and often nobody asks. */
export function lazyMatrix(rows: number, columns: number, data: () => Float64Array): DenseMatrix {
  const made = lazy(data);
  return {
    rows,
    columns,
    get data() {
      return made();
    },
  };
}

/** a b. */
export function denseProduct(a: DenseMatrix, b: DenseMatrix): DenseMatrix {
  if (a.columns !== b.rows) {
    throw graphErrors.BAD_ARGUMENT({
      function: "denseProduct",
      expected: `a right factor with ${a.columns} rows`,
      received: `${b.rows} rows`,
    });
  }
  const data = new Float64Array(a.rows * b.columns);
  for (let r = 0; r < a.rows; r++) {
    const row = data.subarray(r * b.columns, (r + 1) * b.columns);
    for (let k = 0; k < a.columns; k++) {
      const factor = a.data[r * a.columns + k]!;
      if (factor === 0) continue;
      const other = b.data.subarray(k * b.columns, (k + 1) * b.columns);
      for (let c = 0; c < b.columns; c++) row[c]! += factor * other[c]!;
    }
  }
  return { rows: a.rows, columns: b.columns, data };
}

/** a^T. */
export const denseTranspose = (a: DenseMatrix): DenseMatrix => {
  const { columns, data } = a;
  return denseMatrix(columns, a.rows, (r, c) => data[c * columns + r]!);
};

/** a diag(factors). */
export const scaledColumns = (a: DenseMatrix, factors: ArrayLike<number>): DenseMatrix =>
  denseMatrix(a.rows, a.columns, (r, c) => a.data[r * a.columns + c]! * factors[c]!);

/** The columns from `start` up to `end`. */
export const columnRange = (a: DenseMatrix, start: number, end: number): DenseMatrix =>
  denseMatrix(a.rows, end - start, (r, c) => a.data[r * a.columns + start + c]!);

/** True if the matrix equals its transpose, up to the last digits of sums taken in another order. */
export const isSymmetric = (a: DenseMatrix): boolean =>
  a.rows === a.columns &&
  isInvariant(
    a,
    (r, c) => c * a.columns + r,
    (r) => r,
  );

/** True if the matrix equals itself turned by half a turn, up to the last digits. */
export const isCentrosymmetric = (a: DenseMatrix): boolean =>
  isInvariant(
    a,
    (r, c) => (a.rows - r) * a.columns - 1 - c,
    () => a.columns,
  );

/**
 * Not by `every` and `reduce`: of a large picture these are a million calls each.
 * @param end columns of a row to look at: of an entry and its image, one is enough
 */
function isInvariant(
  { rows, columns, data }: DenseMatrix,
  imageOf: (row: number, column: number) => number,
  end: (row: number) => number,
): boolean {
  let largest = 0;
  for (let i = 0; i < data.length; i++) largest = Math.max(largest, Math.abs(data[i]!));
  const rounding = 1e-14 * largest;
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < end(r); c++) if (!(Math.abs(data[r * columns + c]! - data[imageOf(r, c)]!) <= rounding)) return false;
  }
  return true;
}

/** The matrix as a constant array, rounded once to float32. */
export const denseToHost = (a: DenseMatrix): HostTensor => ({
  shape: [a.rows, a.columns],
  dtype: "float32",
  data: new Float32Array(a.data),
});
