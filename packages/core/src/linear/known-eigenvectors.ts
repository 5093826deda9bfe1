import type { DenseMatrix } from "./dense.js";
import { rootsOfUnity } from "./roots-of-unity.js";
import type { Eigenpairs } from "./eigenpairs.js";

/** Matrices below this size are decomposed as fast without. */
const smallest = 64;
/** Largest error of a vector, relative to the matrix, with which it counts as known. */
const accuracy = 1e-13;

/**
 * The eigenpairs of a symmetric matrix whose eigenvectors are known: cosines where a blur mirrors the picture (also of the Gram matrix of a
 * resampling that does), and those of the Hartley transform where it is periodic. Found by trying; undefined where neither fits.
 */
export function knownEigenpairs(a: DenseMatrix): Eigenpairs | undefined {
  if (a.rows < smallest) return undefined;
  const entries = entriesOf(a);
  if (entries === undefined) return undefined;
  return pairsOf(a.rows, entries, cosines) ?? pairsOf(a.rows, entries, hartley);
}

/** The entries of each row that are not 0. */
interface Entries {
  readonly starts: Int32Array;
  readonly columns: Int32Array;
  readonly values: Float64Array;
  readonly norm: number;
}

/** Undefined for matrices of which more than an eighth is not 0. */
function entriesOf({ rows, columns: width, data }: DenseMatrix): Entries | undefined {
  const starts = new Int32Array(rows + 1);
  const [columns, values]: [number[], number[]] = [[], []];
  let norm = 0;
  for (let r = 0; r < rows; r++) {
    let sum = 0;
    for (let c = 0; c < width; c++) {
      const value = data[r * width + c]!;
      if (value === 0) continue;
      columns.push(c);
      values.push(value);
      sum += Math.abs(value);
    }
    if (values.length > (rows * width) / 8) return undefined;
    starts[r + 1] = values.length;
    norm = Math.max(norm, sum);
  }
  return { starts, columns: Int32Array.from(columns), values: Float64Array.from(values), norm };
}

/** Writes a unit vector. */
type Basis = (size: number) => (k: number, into: Float64Array) => void;

const cosines: Basis = (size) => {
  const { cosine } = rootsOfUnity(4 * size);
  return (k, into) => {
    const scale = Math.sqrt((k === 0 ? 1 : 2) / size);
    for (let i = 0; i < size; i++) into[i] = scale * cosine[(k * (2 * i + 1)) % (4 * size)]!;
  };
};

const hartley: Basis = (size) => {
  const { cosine, sine } = rootsOfUnity(size);
  const scale = 1 / Math.sqrt(size);
  return (k, into) => {
    for (let i = 0; i < size; i++) into[i] = scale * (cosine[(k * i) % size]! - sine[(k * i) % size]!);
  };
};

/** The value of each vector of a basis, or undefined as soon as one is no eigenvector: mostly the second, since all know the mean. */
function pairsOf(size: number, entries: Entries, basis: Basis): Eigenpairs | undefined {
  const write = basis(size);
  const values = new Float64Array(size);
  const data = new Float64Array(size * size);
  for (let k = 0; k < size; k++) {
    const vector = data.subarray(k * size, (k + 1) * size);
    write(k, vector);
    const value = valueOf(entries, vector);
    if (value === undefined) return undefined;
    values[k] = value;
  }
  return { values, vectors: { rows: size, columns: size, data } };
}

/** x^T A x, if A x is that times x. */
function valueOf({ starts, columns, values, norm }: Entries, x: Float64Array): number | undefined {
  const product = new Float64Array(x.length);
  let value = 0;
  for (let r = 0; r < x.length; r++) {
    let sum = 0;
    for (let at = starts[r]!; at < starts[r + 1]!; at++) sum += values[at]! * x[columns[at]!]!;
    product[r] = sum;
    value += sum * x[r]!;
  }
  let squares = 0;
  for (let r = 0; r < x.length; r++) squares += (product[r]! - value * x[r]!) ** 2;
  return Math.sqrt(squares) <= accuracy * norm ? value : undefined;
}
