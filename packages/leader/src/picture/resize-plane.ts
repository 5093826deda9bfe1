import { float32Array, type HostTensor } from "@leader/graph";

/** Where a sample of a resized line comes from: the first of four samples, and their weights. */
interface Taps {
  readonly first: number;
  readonly weights: readonly [number, number, number, number];
}

/**
 * A plane [1,1,h,w] in [0,1] in another size: cubic interpolation, pixels being squares whose outer borders coincide, as the operators have it.
 * (sharp's `resize` moves what it enlarges by half a pixel of the result and more.)
 * Source: Keys 1981, Cubic Convolution Interpolation for Digital Image Processing, a = -1/2.
 */
export function resizedPlane({ shape, data }: HostTensor, height: number, width: number): HostTensor {
  const [, , h = 1, w = 1] = shape;
  const columns = tapsOf(w, width);
  const wide = new Float32Array(h * width);
  for (let y = 0; y < h; y++) for (let x = 0; x < width; x++) wide[y * width + x] = sumOf(columns[x]!, w, (i) => data[y * w + i]!);
  const rows = tapsOf(h, height);
  const resized = float32Array(height * width, (at) => {
    const x = at % width;
    return Math.min(
      1,
      Math.max(
        0,
        sumOf(rows[(at - x) / width]!, h, (i) => wide[i * width + x]!),
      ),
    );
  });
  return { shape: [1, 1, height, width], dtype: "float32", data: resized };
}

const sumOf = ({ first, weights }: Taps, length: number, at: (i: number) => number): number => {
  let sum = 0;
  // What lies beyond the border is as the border.
  for (let k = 0; k < 4; k++) sum += weights[k]! * at(Math.min(length - 1, Math.max(0, first + k)));
  return sum;
};

function tapsOf(from: number, to: number): readonly Taps[] {
  return Array.from({ length: to }, (_, i) => {
    const place = ((i + 0.5) * from) / to - 0.5;
    const t = place - Math.floor(place);
    return {
      first: Math.floor(place) - 1,
      weights: [((2 - t) * t - 1) * t * 0.5, ((3 * t - 5) * t * t + 2) * 0.5, ((4 - 3 * t) * t + 1) * t * 0.5, (t - 1) * t * t * 0.5],
    };
  });
}
