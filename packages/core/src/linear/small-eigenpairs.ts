import { factorise, room, solve, type Band, type Factors } from "./banded-factors.js";
import { isCentrosymmetric, type DenseMatrix } from "./dense.js";
import type { Eigenpairs } from "./eigenpairs.js";
import { joinedPairs, parityParts } from "./parity.js";

/** A value is looked for in an interval of this share of the usual distance between two. */
const closeness = 1 / 16;
/** Halvings of an interval with one value, which separate it from its neighbours. */
const isolation = 3;
/** Values that are closer than this, relative to the matrix, count as equal. */
const equal = 1e-11;
/** Vectors whose values are this many usual distances away need not be removed from another: the iteration does it. */
const neighbourhood = 4;
/** Solutions with the first shift, and then with better ones: an interval is left by a factor of 30 each, and then digits triple. */
const iterations = { first: 2, better: 6, careful: 4 } as const;
/** Largest error that is accepted, relative to the matrix: far below the rounding of float32. */
const accuracy = 1e-9;
/** Matrices below this size are decomposed as fast without their structure. */
const smallest = 64;
/** What is aimed at. */
const best = 1e-12;

/**
 * The eigenpairs of a symmetric matrix of few diagonals whose values lie within (-limit, limit), or undefined where the matrix has many
 * diagonals or many such pairs, or where a result is not accurate to 1e-9. Eigenvalues are counted by the signs of LDL^T
 * (Sylvester's law of inertia), all of them halved to a small interval each, and their vectors found by Rayleigh quotient iteration: all in
 * time n times the width of the band squared, where a full decomposition takes n^3.
 */
export function smallEigenpairs(a: DenseMatrix, limit: number): Eigenpairs | undefined {
  if (a.rows < smallest || !isCentrosymmetric(a)) return pairsWithin(a, limit);
  // Even and odd vectors on their own take half the time, and values of one kind are further from each other.
  const parts = parityParts(a);
  const even = pairsWithin(parts.even, limit);
  const odd = even === undefined ? undefined : pairsWithin(parts.odd, limit);
  return even === undefined || odd === undefined ? pairsWithin(a, limit) : joinedPairs(even, odd);
}

function pairsWithin(a: DenseMatrix, limit: number): Eigenpairs | undefined {
  const band = bandOf(a, 1 / 8);
  if (band === undefined) return undefined;
  const [first, end] = [steadyCount(band, -limit), steadyCount(band, limit)];
  if (first === undefined || end === undefined || end - first > a.rows / 4) return undefined;
  const found = pairsOf(band, { low: -limit, high: limit, below: first, belowHigh: end });
  return found?.values.every((value) => Math.abs(value) < limit * (1 + accuracy)) === true ? found : undefined;
}

/**
 * All eigenpairs of a symmetric matrix of few diagonals, or undefined where it has too many for that to pay, or where they do not make up
 * the matrix to 1e-9: time n squared times the square of the width of the band, where a full decomposition takes n^3.
 */
export function bandEigenpairs(a: DenseMatrix): Eigenpairs | undefined {
  const band = a.rows < smallest ? undefined : bandOf(a, 1 / 32);
  if (band === undefined) return undefined;
  const most = band.norm * (1 + accuracy);
  const found = pairsOf(band, { low: -most, high: most, below: 0, belowHigh: a.rows });
  return found !== undefined && isWhole(band, found) ? found : undefined;
}

/** Values twice over, and vectors that are not orthogonal, show in the sums of the values and of their squares, and beside each other. */
function isWhole({ size, width, data, norm }: Band, { values, vectors }: Eigenpairs): boolean {
  let [trace, squares] = [0, 0];
  for (let r = 0; r < size; r++) {
    trace += data[r * (width + 1)]!;
    for (let i = 0; i <= width; i++) squares += (i === 0 ? 1 : 2) * data[r * (width + 1) + i]! ** 2;
  }
  for (let k = 0; k < size; k++) {
    trace -= values[k]!;
    squares -= values[k]! ** 2;
    for (let other = Math.max(0, k - neighbourhood); other < k; other++)
      if (Math.abs(rowProduct(vectors, k, other)) > accuracy) return false;
  }
  return Math.abs(trace) <= accuracy * norm * size && Math.abs(squares) <= accuracy * norm ** 2 * size;
}

function rowProduct({ columns, data }: DenseMatrix, r: number, q: number): number {
  let dot = 0;
  for (let i = 0; i < columns; i++) dot += data[r * columns + i]! * data[q * columns + i]!;
  return dot;
}

/** The pairs of an interval, ascending. */
function pairsOf(band: Band, interval: Interval): Eigenpairs | undefined {
  const count = interval.belowHigh - interval.below;
  const distance = (interval.high - interval.low) / count;
  const values = new Float64Array(count);
  const vectors = { rows: count, columns: band.size, data: new Float64Array(count * band.size) };
  const factors = room(band);
  for (const [i, one] of intervalsOf(band, interval, distance * closeness).entries()) {
    const near = [...values.subarray(0, i).keys()].filter((k) => Math.abs(values[k]! - one.low) < neighbourhood * distance);
    const vector = vectors.data.subarray(i * band.size, (i + 1) * band.size);
    const found = eigenvector(band, one, { index: i, vectors, near, factors }, vector);
    if (found === undefined) return undefined;
    values[i] = found;
  }
  return { values, vectors };
}

/** The diagonals of a matrix, or undefined where they are a larger share of it. */
function bandOf({ rows: size, data }: DenseMatrix, share: number): Band | undefined {
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
  if (width > size * share) return undefined;
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

/** An interval, and how many eigenvalues lie below its ends. */
interface Interval {
  readonly low: number;
  readonly high: number;
  readonly below: number;
  readonly belowHigh: number;
}

/**
 * An interval for each eigenvalue in an interval, ascending: halved until the value is alone, and then to `narrow` and at least `more` times,
 * or until it is as good as equal to others. Neighbours share most of the counts.
 */
function intervalsOf(band: Band, interval: Interval, narrow: number, more = isolation): readonly Interval[] {
  const { low, high, below, belowHigh } = interval;
  const inside = belowHigh - below;
  if (inside === 0) return [];
  const middle = (low + high) / 2;
  const width = high - low;
  if (inside === 1 ? more === 0 && width <= narrow : width <= equal * band.norm) return Array<Interval>(inside).fill(interval);
  // Without pivoting a count may be off by one beside an eigenvalue.
  const count = Math.min(belowHigh, Math.max(below, countBelow(band, middle)));
  const left = inside === 1 ? Math.max(0, more - 1) : isolation;
  return [
    ...intervalsOf(band, { low, high: middle, below, belowHigh: count }, narrow, left),
    ...intervalsOf(band, { low: middle, high, below: count, belowHigh }, narrow, left),
  ];
}

/** What is known already, and memory for a factorisation. */
interface Known {
  /** Number of the vector. */
  readonly index: number;
  readonly vectors: DenseMatrix;
  /** Vectors with values in the neighbourhood. */
  readonly near: readonly number[];
  readonly factors: Factors;
}

/** Writes the eigenvector of the value in an interval, orthogonal to those near; returns the value, or undefined if none is found. */
function eigenvector(band: Band, interval: Interval, known: Known, vector: Float64Array): number | undefined {
  const inside = (value: number): boolean => value >= interval.low - equal * band.norm && value <= interval.high + equal * band.norm;
  start(vector, known.index);
  improve(band, (interval.low + interval.high) / 2, known, vector, iterations.first);
  for (let i = 0; i < iterations.better; i++) {
    const { value, error } = rayleighQuotient(band, vector);
    if (error <= best * band.norm && inside(value)) return value;
    // It may be drawn to a neighbour: then the interval is narrowed, and its middle kept.
    if (!inside(value)) break;
    improve(band, value, known, vector, 1);
  }
  start(vector, known.index);
  const { low, high } = intervalsOf(band, interval, equal * band.norm)[0] ?? interval;
  improve(band, (low + high) / 2, known, vector, iterations.careful);
  const { value, error } = rayleighQuotient(band, vector);
  return error <= accuracy * band.norm ? value : undefined;
}

/** Begins in a direction of its own, so that vectors of one value are told apart. */
function start(vector: Float64Array, index: number): void {
  for (let i = 0; i < vector.length; i++) vector[i] = Math.sin(1 + 7 * (i + 1) * (index + 1)) + 1.5;
}

/** Solutions of (A - shift) x = x, each orthogonal to the vectors near. */
function improve(band: Band, shift: number, { vectors, near, factors }: Known, vector: Float64Array, times: number): void {
  factorise(band, shift, factors);
  for (let i = 0; i < times; i++) {
    removeParts(vector, vectors, near);
    normalise(vector);
    solve(factors, vector);
    normalise(vector);
  }
  removeParts(vector, vectors, near);
  normalise(vector);
}

/** x^T A x of a unit vector, and how far A x is from that times x. */
function rayleighQuotient(band: Band, x: Float64Array): { readonly value: number; readonly error: number } {
  const product = times(band, x);
  let value = 0;
  for (let i = 0; i < x.length; i++) value += x[i]! * product[i]!;
  let squares = 0;
  for (let i = 0; i < x.length; i++) squares += (product[i]! - value * x[i]!) ** 2;
  return { value, error: Math.sqrt(squares) };
}

function removeParts(vector: Float64Array, { columns, data }: DenseMatrix, rows: readonly number[]): void {
  for (const k of rows) {
    let dot = 0;
    for (let i = 0; i < columns; i++) dot += data[k * columns + i]! * vector[i]!;
    for (let i = 0; i < columns; i++) vector[i]! -= dot * data[k * columns + i]!;
  }
}

function normalise(vector: Float64Array): void {
  // Solutions beside an eigenvalue are huge: their squares would overflow.
  let most = 0;
  for (let i = 0; i < vector.length; i++) most = Math.max(most, Math.abs(vector[i]!));
  let squares = 0;
  for (let i = 0; i < vector.length; i++) squares += (vector[i]! / most) ** 2;
  const norm = most * Math.sqrt(squares);
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
