/** The diagonal and the diagonals above it: entry (row, i) is a[row][row + i]. */
export interface Band {
  readonly size: number;
  readonly width: number;
  readonly data: Float64Array;
  /** The largest sum of a row, which no eigenvalue exceeds. */
  readonly norm: number;
}

/** A - shift as L U with partial pivoting, which fills another `width` diagonals. */
export interface Factors {
  readonly size: number;
  readonly width: number;
  /** Row r of U from its diagonal on, 2 width + 1 entries. */
  readonly upper: Float64Array;
  /** Multipliers of the rows below each pivot, `width` each. */
  readonly lower: Float64Array;
  /** Which row below was exchanged with the pivot's. */
  readonly swaps: Int32Array;
}

/** Memory for the factors of a band, which every shift fills anew. */
export const room = ({ size, width }: Band): Factors => ({
  size,
  width,
  upper: new Float64Array(size * (2 * width + 1)),
  lower: new Float64Array(size * width),
  swaps: new Int32Array(size),
});

/** Writes the factors of A - shift. */
export function factorise(band: Band, shift: number, { size, width, upper, lower, swaps }: Factors): void {
  const full = 2 * width + 1;
  // The rows that the pivot of column r concerns, each from that column on; a slot is filled again when its row has become a pivot.
  const rows = new Float64Array((width + 1) * full);
  const slots = Int32Array.from({ length: width + 1 }, (_, r) => r * full);
  for (let r = 0; r <= width; r++) enter(band, shift, r, r, rows, r * full);
  for (let r = 0; r < size; r++) {
    let best = 0;
    for (let k = 1; k <= width; k++) if (Math.abs(rows[slots[k]!]!) > Math.abs(rows[slots[best]!]!)) best = k;
    const pivot = slots[best]!;
    slots[best] = slots[0]!;
    swaps[r] = r + best;
    // An exact eigenvalue as shift makes a pivot of 0; any small one gives the same direction.
    if (Math.abs(rows[pivot]!) < Number.EPSILON * band.norm) rows[pivot] = Number.EPSILON * band.norm;
    const diagonal = rows[pivot]!;
    for (let i = 0; i < full; i++) upper[r * full + i] = rows[pivot + i]!;
    for (let k = 1; k <= width; k++) {
      const row = slots[k]!;
      const factor = rows[row]! / diagonal;
      lower[r * width + k - 1] = factor;
      // The entry in the pivot's column is gone; the row begins at the next one from here on.
      for (let at = row, from = pivot + 1, end = row + full - 1; at < end; at++, from++) rows[at] = rows[at + 1]! - factor * rows[from]!;
      rows[row + full - 1] = 0;
      slots[k - 1] = row;
    }
    slots[width] = pivot;
    enter(band, shift, r + width + 1, width, rows, pivot);
  }
}

/**
 * Writes row r of A - shift to a place of `into`, the entry on the diagonal `diagonal` further: what comes before the first entry is left
 * out, and what lies beyond the matrix is 0.
 */
function enter({ size, width, data }: Band, shift: number, r: number, diagonal: number, into: Float64Array, at: number): void {
  const step = width + 1;
  into.fill(0, at, at + 2 * width + 1);
  if (r >= size) return;
  for (let i = Math.max(0, diagonal - width); i < diagonal; i++) into[at + i] = data[(r - diagonal + i) * step + diagonal - i]!;
  const right = Math.min(width, size - 1 - r);
  for (let distance = 0; distance <= right; distance++) into[at + diagonal + distance] = data[r * step + distance]!;
  into[at + diagonal]! -= shift;
}

/** Writes the solution of (A - shift) x = x over x. */
export function solve({ size, width, upper, lower, swaps }: Factors, x: Float64Array): void {
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
