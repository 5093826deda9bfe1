/** Normalised Gaussian weights of `size` taps, centred. */
export function gaussianTaps(size: number, sigma: number): Float64Array {
  const centre = (size - 1) / 2;
  return normalised(Float64Array.from({ length: size }, (_, i) => Math.exp(-0.5 * ((i - centre) / sigma) ** 2)));
}

/** Equal weights of `size` taps. */
export const uniformTaps = (size: number): Float64Array => new Float64Array(size).fill(1 / size);

/** The taps as the blur classes of DDRM and its descendants use them: the last one is missing, and nothing makes up for it. */
export const withoutLastTap = (taps: Float64Array): Float64Array => taps.map((weight, i) => (i === taps.length - 1 ? 0 : weight));

function normalised(weights: Float64Array): Float64Array {
  const sum = weights.reduce((a, b) => a + b, 0);
  return weights.map((weight) => weight / sum);
}
