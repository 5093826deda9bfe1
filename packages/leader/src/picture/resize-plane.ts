/** Rows and columns of a plane, row-major. */
export interface PlaneSize {
  readonly height: number;
  readonly width: number;
}

/**
 * A plane at another size by cubic convolution about the middles of pixels, as the pictures are enlarged that it belongs to: what lies at an
 * edge of the one lies there in the other. Where it becomes smaller, the kernel is as much wider. Pixels at the border go on beyond it.
 * Source: Keys 1981, Cubic convolution interpolation for digital image processing, with a = -1/2.
 */
export function resizePlane(plane: Float32Array, from: PlaneSize, to: PlaneSize): Float32Array {
  const columns = tapsOf(from.width, to.width);
  const wide = new Float32Array(from.height * to.width);
  for (let row = 0; row < from.height; row++) {
    for (let i = 0; i < to.width; i++) {
      const { first, weights } = columns[i]!;
      let sum = 0;
      for (let k = 0; k < weights.length; k++) sum += weights[k]! * plane[row * from.width + inside(first + k, from.width)]!;
      wide[row * to.width + i] = sum;
    }
  }
  const result = new Float32Array(to.height * to.width);
  for (const [row, { first, weights }] of tapsOf(from.height, to.height).entries()) {
    const into = result.subarray(row * to.width, (row + 1) * to.width);
    for (const [k, weight] of weights.entries()) {
      const at = inside(first + k, from.height) * to.width;
      for (let i = 0; i < to.width; i++) into[i]! += weight * wide[at + i]!;
    }
  }
  return result;
}

const inside = (index: number, size: number): number => Math.min(size - 1, Math.max(0, index));

interface Taps {
  readonly first: number;
  readonly weights: readonly number[];
}

/** What each sample of an axis of size `to` is made of. */
function tapsOf(from: number, to: number): readonly Taps[] {
  const scale = from / to;
  const wider = Math.max(1, scale);
  return Array.from({ length: to }, (_, i) => {
    const middle = (i + 0.5) * scale - 0.5;
    const first = Math.ceil(middle - 2 * wider);
    const count = Math.floor(middle + 2 * wider) - first + 1;
    const weights = Array.from({ length: count }, (__, k) => cubic((first + k - middle) / wider));
    const sum = weights.reduce((a, b) => a + b, 0);
    return { first, weights: weights.map((weight) => weight / sum) };
  });
}

function cubic(x: number): number {
  const d = Math.abs(x);
  if (d >= 2) return 0;
  return d < 1 ? 1.5 * d ** 3 - 2.5 * d ** 2 + 1 : -0.5 * d ** 3 + 2.5 * d ** 2 - 4 * d + 2;
}
