import { trace, type Aval, type HostTensor, type Tensor } from "@leader/graph";
import { interpret } from "@leader/graph/reference";

/** Side of the squares whose spectra are averaged, in pixels. */
export const squareSide = 64;
/** Most squares that are looked at; more say little more. */
const mostSquares = 9;
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
  const power = powerOf(response.data.slice(0, squareSide ** 2), (square) => square);
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
  const squares = squaresOf(picture);
  if (squares.length === 0 || frequencies.length < fewest) return undefined;
  const power = powerOf(squares, (square) => square.sub(square.mean([1, 2], { keepDims: true })).mul(square.trace.constant(window)));
  const mean = frequencies.reduce((sum, at) => sum + power[at]!, 0) / frequencies.length;
  return Math.sqrt(mean) / taper.reduce((sum, w) => sum + w * w, 0);
}

const taper = Float32Array.from({ length: squareSide }, (_, i) => Math.sin((Math.PI * (i + 0.5)) / squareSide) ** 2);
const window: HostTensor = {
  shape: [squareSide, squareSide],
  dtype: "float32",
  data: Float32Array.from({ length: squareSide ** 2 }, (_, i) => taper[Math.floor(i / squareSide)]! * taper[i % squareSide]!),
};

/** Squared amplitudes of the discrete Fourier transform of squares that are prepared somehow, their mean. */
function powerOf(data: HostTensor["data"], prepared: (squares: Tensor) => Tensor): Float64Array {
  const squares: Aval = { shape: [data.length / squareSide ** 2, squareSide, squareSide], dtype: "float32" };
  const graph = trace(
    (x) => {
      const real = prepared(x).reshape([...squares.shape, 1]);
      return real
        .concat([real.mul(0)], 3)
        .dft(1)
        .dft(2)
        .square()
        .sum([3])
        .mean([0]);
    },
    [squares],
  );
  return Float64Array.from(interpret(graph, [{ ...squares, data }])[0]!.data);
}

/** Squares of one channel that do not overlap, spread over the picture, one after the other. */
function squaresOf({ shape, data }: HostTensor): Float32Array {
  const [, channels = 0, height = 0, width = 0] = shape;
  const places = (length: number): readonly number[] => {
    const count = Math.min(Math.floor(length / squareSide), Math.sqrt(mostSquares));
    return Array.from({ length: count }, (_, i) =>
      count === 1 ? (length - squareSide) >> 1 : Math.floor((i * (length - squareSide)) / (count - 1)),
    );
  };
  const starts = places(height).flatMap((top) => places(width).map((left) => ((channels >> 1) * height + top) * width + left));
  const squares = new Float32Array(starts.length * squareSide ** 2);
  for (const [i, start] of starts.entries()) {
    for (let row = 0; row < squareSide; row++) {
      const from = start + row * width;
      squares.set(data.subarray(from, from + squareSide), (i * squareSide + row) * squareSide);
    }
  }
  return squares;
}
