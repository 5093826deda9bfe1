import type { DenseMatrix } from "./dense.js";

/** Eigenvectors as rows, each with its value. */
export interface Eigenpairs {
  readonly values: Float64Array;
  /** One row per value. */
  readonly vectors: DenseMatrix;
}

/** Halvings of an interval until float64 ends. */
const halvings = 50;
/** Inverse iteration doubles the digits each time. */
const iterations = 4;
/** Largest error that is accepted, relative to the matrix: far below the rounding of float32. */
const accuracy = 1e-9;

/**
 * The eigenpairs of a symmetric matrix of few diagonals whose values lie within (-limit, limit), or undefined where the matrix has many
 * diagonals or many such pairs, or where a result is not accurate to 1e-9. Eigenvalues are counted by the signs of LDL^T
 * (Sylvester's law of inertia), halved to, and their vectors found by inverse iteration: all in time n times the width of the band
 * squared, where a full decomposition takes n^3.
 */
export function smallEigenpairs(a: DenseMatrix, limit: number): Eigenpairs | undefined {
  const band = bandOf(a);
  if (band === undefined) return undefined;
  const [first, end] = [steadyCount(band, -limit), steadyCount(band, limit)];
  if (first === undefined || end === undefined || end - first > a.rows / 4) return undefined;
  const count = end - first;
  const values = new Float64Array(count);
  const vectors = { rows: count, columns: a.rows, data: new Float64Array(count * a.rows) };
  for (let i = 0; i < count; i++) {
    const vector = vectors.data.subarray(i * a.rows, (i + 1) * a.rows);
    const found = eigenvector(band, eigenvalue(band, first + i, limit), vectors, i, vector);
    if (found === undefined || Math.abs(found) >= limit * (1 + accuracy)) return undefined;
    values[i] = found;
  }
  return { values, vectors };
}

/** The diagonal and the diagonals above it: entry (row, i) is a[row][row + i]. */
interface Band {
  readonly size: number;
  readonly width: number;
  readonly data: Float64Array;
  /** The largest sum of a row, which no eigenvalue exceeds. */
  readonly norm: number;
}

function bandOf({ rows: size, data }: DenseMatrix): Band | undefined {
  let width = 0;
  let norm = 0;
  for (let r = 0; r < size; r++) {
    let sum = 0;
    for (let c = 0; c < size; c++) {
      const entry = data[r * size + c]!;
      if (entry === 0) continue;
      sum += Math.abs(entry);
      width = Math.max(width, Math.abs(c - r));
    }
    norm = Math.max(norm, sum);
  }
  if (width > size / 8) return undefined;
  const band = new Float64Array(size * (width + 1));
  for (let r = 0; r < size; r++) for (let i = 0; i <= width && r + i < size; i++) band[r * (width + 1) + i] = data[r * size + r + i]!;
  return { size, width, data: band, norm };
}

/** Number of eigenvalues below a shift: the negative pivots of A - shift. */
function countBelow({ size, width, data, norm }: Band, shift: number): number {
  const w = data.slice();
  const step = width + 1;
  let count = 0;
  for (let r = 0; r < size; r++) {
    let pivot = w[r * step]! - shift;
    if (Math.abs(pivot) < Number.EPSILON * norm) pivot = -Number.EPSILON * norm;
    if (pivot < 0) count++;
    for (let i = 1; i <= width && r + i < size; i++) {
      const factor = w[r * step + i]! / pivot;
      if (factor !== 0) for (let j = i; j <= width; j++) w[(r + i) * step + j - i]! -= factor * w[r * step + j]!;
    }
  }
  return count;
}

/** The same count for shifts next to each other: without pivoting, a pivot near 0 can cost the sign of another. */
function steadyCount(band: Band, shift: number): number | undefined {
  const counts = [-1e-9, 0, 1e-9].map((nudge) => countBelow(band, shift * (1 + nudge)));
  return new Set(counts).size === 1 ? counts[0] : undefined;
}

/** The eigenvalue that has `index` smaller ones. */
function eigenvalue(band: Band, index: number, limit: number): number {
  let [low, high] = [-limit, limit];
  for (let i = 0; i < halvings; i++) {
    const middle = (low + high) / 2;
    if (countBelow(band, middle) > index) high = middle;
    else low = middle;
  }
  return (low + high) / 2;
}

/** Writes the eigenvector next to a value, orthogonal to those before; returns the value it belongs to, or undefined if it is none. */
function eigenvector(band: Band, near: number, before: DenseMatrix, known: number, vector: Float64Array): number | undefined {
  const factors = factorised(band, near);
  for (let i = 0; i < vector.length; i++) vector[i] = Math.sin(1 + 7 * (i + 1) * (known + 1)) + 1.5;
  for (let i = 0; i < iterations; i++) {
    removeParts(vector, before, known);
    normalise(vector);
    solve(factors, vector);
    normalise(vector);
  }
  removeParts(vector, before, known);
  normalise(vector);
  const product = times(band, vector);
  const value = vector.reduce((sum, entry, i) => sum + entry * product[i]!, 0);
  const error = Math.hypot(...product.map((entry, i) => entry - value * vector[i]!));
  return error <= accuracy * band.norm ? value : undefined;
}

function removeParts(vector: Float64Array, { columns, data }: DenseMatrix, known: number): void {
  for (let k = 0; k < known; k++) {
    let dot = 0;
    for (let i = 0; i < columns; i++) dot += data[k * columns + i]! * vector[i]!;
    for (let i = 0; i < columns; i++) vector[i]! -= dot * data[k * columns + i]!;
  }
}

function normalise(vector: Float64Array): void {
  // Solutions beside an eigenvalue are huge: their squares would overflow.
  const most = vector.reduce((m, x) => Math.max(m, Math.abs(x)), 0);
  const norm = most * Math.sqrt(vector.reduce((sum, x) => sum + (x / most) ** 2, 0));
  for (let i = 0; i < vector.length; i++) vector[i]! /= norm;
}

function times({ size, width, data }: Band, x: Float64Array): Float64Array {
  const y = new Float64Array(size);
  for (let r = 0; r < size; r++) {
    y[r]! += data[r * (width + 1)]! * x[r]!;
    for (let i = 1; i <= width && r + i < size; i++) {
      const entry = data[r * (width + 1) + i]!;
      y[r]! += entry * x[r + i]!;
      y[r + i]! += entry * x[r]!;
    }
  }
  return y;
}

/** A - shift as L U with partial pivoting, which fills another `width` diagonals. */
interface Factors {
  readonly size: number;
  readonly width: number;
  /** Row r of U from its diagonal on, 2 width + 1 entries. */
  readonly upper: Float64Array;
  /** Multipliers of the rows below each pivot, `width` each. */
  readonly lower: Float64Array;
  /** Which row below was exchanged with the pivot's. */
  readonly swaps: Int32Array;
}

function factorised({ size, width, data, norm }: Band, shift: number): Factors {
  const full = 2 * width + 1;
  const factors = { size, width, upper: new Float64Array(size * full), lower: new Float64Array(size * width), swaps: new Int32Array(size) };
  /** Row r of A - shift from column r - width on, as it comes into the reach of the pivots. */
  const rowOf = (r: number): Float64Array =>
    Float64Array.from({ length: full }, (_, i) => {
      const c = r - width + i;
      if (r >= size || c < 0 || c >= size) return 0;
      return c === r ? data[r * (width + 1)]! - shift : data[Math.min(r, c) * (width + 1) + Math.abs(c - r)]!;
    });
  // The rows that the pivot of column r concerns, each from that column on. Those before row `width` begin outside of the matrix.
  const rows = Array.from({ length: width + 1 }, (_, r) => moved(rowOf(r), width - r));
  for (let r = 0; r < size; r++) {
    let best = 0;
    for (let k = 1; k <= width; k++) if (Math.abs(rows[k]![0]!) > Math.abs(rows[best]![0]!)) best = k;
    [rows[0], rows[best]] = [rows[best]!, rows[0]!];
    factors.swaps[r] = r + best;
    const pivot = rows.shift()!;
    // An exact eigenvalue as shift makes a pivot of 0; any small one gives the same direction.
    if (Math.abs(pivot[0]!) < Number.EPSILON * norm) pivot[0] = Number.EPSILON * norm;
    factors.upper.set(pivot, r * full);
    for (const [k, row] of rows.entries()) {
      const factor = row[0]! / pivot[0]!;
      factors.lower[r * width + k] = factor;
      // The entry in the pivot's column is gone; the row begins at the next one from here on.
      for (let i = 1; i < full; i++) row[i - 1] = row[i]! - factor * pivot[i]!;
      row[full - 1] = 0;
    }
    rows.push(rowOf(r + width + 1));
  }
  return factors;
}

/** The entries from an index on, filled up with zeros. */
function moved(row: Float64Array, by: number): Float64Array {
  const made = new Float64Array(row.length);
  made.set(row.subarray(by));
  return made;
}

function solve({ size, width, upper, lower, swaps }: Factors, x: Float64Array): void {
  const full = 2 * width + 1;
  for (let r = 0; r < size; r++) {
    const swap = swaps[r]!;
    [x[r], x[swap]] = [x[swap]!, x[r]!];
    for (let k = 0; k < width && r + k + 1 < size; k++) x[r + k + 1]! -= lower[r * width + k]! * x[r]!;
  }
  for (let r = size - 1; r >= 0; r--) {
    let sum = x[r]!;
    for (let i = 1; i < full && r + i < size; i++) sum -= upper[r * full + i]! * x[r + i]!;
    x[r] = sum / upper[r * full]!;
  }
}
