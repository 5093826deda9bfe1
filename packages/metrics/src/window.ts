/** A separable averaging window, odd, that sums to 1 in each direction. */
export type WindowTaps = readonly number[];

export const uniformTaps = (size: number): WindowTaps => Array.from({ length: size }, () => 1 / size);

export function gaussianTaps(size: number, sigma: number): WindowTaps {
  const weights = Array.from({ length: size }, (_, i) => Math.exp(-((i - (size - 1) / 2) ** 2) / (2 * sigma ** 2)));
  const sum = weights.reduce((a, b) => a + b, 0);
  return weights.map((w) => w / sum);
}

/** A plane and its size. */
export interface Plane {
  readonly data: Float64Array;
  readonly height: number;
  readonly width: number;
}

/** The window's mean at every place where it lies inside the plane. */
export function windowMean({ data, height, width }: Plane, taps: WindowTaps): Plane {
  const n = taps.length;
  const [rows, columns] = [height - n + 1, width - n + 1];
  const across = new Float64Array(height * columns);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < columns; x++) {
      let sum = 0;
      for (let k = 0; k < n; k++) sum += taps[k]! * data[y * width + x + k]!;
      across[y * columns + x] = sum;
    }
  }
  const out = new Float64Array(rows * columns);
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < columns; x++) {
      let sum = 0;
      for (let k = 0; k < n; k++) sum += taps[k]! * across[(y + k) * columns + x]!;
      out[y * columns + x] = sum;
    }
  }
  return { data: out, height: rows, width: columns };
}
