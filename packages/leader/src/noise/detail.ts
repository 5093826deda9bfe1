import type { HostTensor } from "@leader/graph";

/** Side of the squares whose spectra are averaged, in pixels. */
export const squareSide = 64;
/** Most squares that are looked at; more say little more. */
const mostSquares = 16;
/** The share of the largest squared amplitude that counts as nothing: 3 % of an amplitude. */
const nothing = 1e-3;
/** Frequencies that a window of this kind spreads to, on either side. */
const spread = 2;
/** Fewer frequencies say too little. */
const fewest = 64;

/** Frequencies of a square, as their places in its spectrum. */
export type Frequencies = readonly number[];

/**
 * The frequencies of which a blur leaves less than 3 %, nor more of those beside them, which a window mixes with them.
 * @param response [1,C,64,64] what the blur makes of one point in the middle
 */
export function blindFrequencies(response: HostTensor): Frequencies {
  const power = spectrum(response.data.slice(0, squareSide ** 2));
  const least = nothing * power.reduce((a, b) => Math.max(a, b), 0);
  const offsets = Array.from({ length: 2 * spread + 1 }, (_, i) => i - spread);
  const at = (row: number, column: number): number =>
    power[((row + squareSide) % squareSide) * squareSide + ((column + squareSide) % squareSide)]!;
  return [...power.keys()].filter((i) => {
    const [row, column] = [Math.floor(i / squareSide), i % squareSide];
    return offsets.every((down) => offsets.every((across) => at(row + down, column + across) < least));
  });
}

/**
 * How much detail a picture holds at some frequencies: the standard deviation per value, in the picture's units, of noise that would have as
 * much there. Squares of the picture, under Hann windows, are averaged (Welch 1967). Undefined where the frequencies are few, or the
 * picture is smaller than a square.
 * @param picture [1,C,H,W]
 */
export function detailAt(picture: HostTensor, frequencies: Frequencies): number | undefined {
  const [, channels = 0, height = 0, width = 0] = picture.shape;
  const corners = cornersOf(height, width);
  if (corners.length === 0 || frequencies.length < fewest) return undefined;
  const window = Float64Array.from({ length: squareSide }, (_, i) => Math.sin((Math.PI * (i + 0.5)) / squareSide) ** 2);
  const plane = picture.data.subarray((channels >> 1) * height * width, ((channels >> 1) + 1) * height * width);
  let power = 0;
  for (const [top, left] of corners) {
    const square = spectrum(windowed(plane, top * width + left, width, window));
    for (const at of frequencies) power += square[at]! / (frequencies.length * corners.length);
  }
  return Math.sqrt(power) / window.reduce((sum, w) => sum + w * w, 0);
}

/** The corners of squares that do not overlap, spread over the picture. */
function cornersOf(height: number, width: number): readonly (readonly [number, number])[] {
  const places = (length: number): readonly number[] => {
    const count = Math.min(Math.floor(length / squareSide), Math.sqrt(mostSquares));
    return Array.from({ length: count }, (_, i) =>
      count === 1 ? (length - squareSide) >> 1 : Math.floor((i * (length - squareSide)) / (count - 1)),
    );
  };
  return places(height).flatMap((top) => places(width).map((left) => [top, left] as const));
}

/** A square of a plane without its mean, under a window. */
function windowed(plane: HostTensor["data"], start: number, stride: number, window: Float64Array): Float64Array {
  const square = new Float64Array(squareSide ** 2);
  let mean = 0;
  for (let i = 0; i < square.length; i++)
    mean += Number(plane[start + Math.floor(i / squareSide) * stride + (i % squareSide)]) / square.length;
  for (let i = 0; i < square.length; i++) {
    const [row, column] = [Math.floor(i / squareSide), i % squareSide];
    square[i] = (Number(plane[start + row * stride + column]) - mean) * window[row]! * window[column]!;
  }
  return square;
}

/** Squared amplitudes of the discrete Fourier transform of a square. */
function spectrum(square: ArrayLike<number>): Float64Array {
  const [real, imaginary] = [Float64Array.from(square), new Float64Array(square.length)];
  for (let row = 0; row < squareSide; row++) transform(real, imaginary, row * squareSide, 1);
  for (let column = 0; column < squareSide; column++) transform(real, imaginary, column, squareSide);
  return real.map((re, i) => re ** 2 + imaginary[i]! ** 2);
}

const stages = Math.log2(squareSide);
/** Where each value of a line goes before the first stage: its number with its bits in reverse. */
const reversed = Uint8Array.from({ length: squareSide }, (_, i) => {
  let turned = 0;
  for (let bit = 0; bit < stages; bit++) turned = 2 * turned + ((i >> bit) & 1);
  return turned;
});
const cosines = Float64Array.from({ length: squareSide }, (_, i) => Math.cos((2 * Math.PI * i) / squareSide));
const sines = Float64Array.from({ length: squareSide }, (_, i) => Math.sin((2 * Math.PI * i) / squareSide));

const line = { real: new Float64Array(squareSide), imaginary: new Float64Array(squareSide) };

/** The fast Fourier transform of one line in place (Cooley, Tukey 1965). */
function transform(real: Float64Array, imaginary: Float64Array, start: number, stride: number): void {
  const { real: x, imaginary: y } = line;
  for (let i = 0; i < squareSide; i++) {
    x[i] = real[start + reversed[i]! * stride]!;
    y[i] = imaginary[start + reversed[i]! * stride]!;
  }
  for (let half = 1; half < squareSide; half *= 2) {
    const turn = squareSide / (2 * half);
    for (let first = 0; first < squareSide; first += 2 * half) {
      for (let i = 0; i < half; i++) {
        const [a, b] = [first + i, first + i + half];
        const [cos, sin] = [cosines[i * turn]!, sines[i * turn]!];
        const re = x[b]! * cos + y[b]! * sin;
        const im = y[b]! * cos - x[b]! * sin;
        x[b] = x[a]! - re;
        y[b] = y[a]! - im;
        x[a] = x[a]! + re;
        y[a] = y[a]! + im;
      }
    }
  }
  for (let i = 0; i < squareSide; i++) {
    real[start + i * stride] = x[i]!;
    imaginary[start + i * stride] = y[i]!;
  }
}
