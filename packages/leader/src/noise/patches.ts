import { denseSvd, type DenseSvd } from "@leader/core";
import type { HostTensor } from "@leader/graph";

/** Side of a patch in pixels. */
export const side = 8;
/** Most patches that are looked at; more say little more and cost their square. */
const mostPatches = 10_000;

/** The patches of a picture, and the directions in which they vary. */
export interface Patches {
  /** The first value of each. */
  readonly places: Int32Array;
  /** Of each value of a patch from its first. */
  readonly offsets: Int32Array;
  readonly mean: Float64Array;
  /** Of their covariance. */
  readonly svd: DenseSvd;
  /** The directions from this one on hold noise alone. */
  readonly firstOfNoise: number;
  /** Of the noise, in the units of the picture. */
  readonly variance: number;
}

/** Decomposes patches that begin at these places. */
export function decomposed(picture: HostTensor, places: Int32Array): Patches {
  const offsets = patchOffsets(picture.shape);
  const { mean, ...matrix } = covariance(picture, places, offsets);
  const svd = denseSvd(matrix);
  return { places, offsets, mean, svd, ...noiseVariance(svd.singularValues) };
}

/** The variance at which the mean of the smallest eigenvalues is no more than their median; eigenvalues descend. */
function noiseVariance(eigenvalues: Float64Array): Pick<Patches, "firstOfNoise" | "variance"> {
  const count = eigenvalues.length;
  let sum = eigenvalues.reduce((a, b) => a + b, 0);
  for (let first = 0; first < count - 1; first++) {
    const rest = count - first;
    const mean = sum / rest;
    const median = (eigenvalues[first + Math.floor((rest - 1) / 2)]! + eigenvalues[first + Math.floor(rest / 2)]!) / 2;
    if (mean <= median * (1 + 1e-9)) return { firstOfNoise: first, variance: Math.max(0, mean) };
    sum -= eigenvalues[first]!;
  }
  return { firstOfNoise: count - 1, variance: Math.max(0, eigenvalues[count - 1]!) };
}

/** Offset of each value of a patch from its first. */
function patchOffsets([, channels = 0, height = 0, width = 0]: readonly number[]): Int32Array {
  const offsets = new Int32Array(channels * side * side);
  for (let i = 0; i < offsets.length; i++) {
    const [c, y, x] = [Math.floor(i / side ** 2), Math.floor(i / side) % side, i % side];
    offsets[i] = (c * height + y) * width + x;
  }
  return offsets;
}

/** First values of patches, spread evenly over the picture; clipped ones only where hardly any others are. */
export function patchPlaces({ shape, data }: HostTensor, measured: HostTensor | undefined): Int32Array {
  const [, , height = 0, width = 0] = shape;
  const [rows, columns] = [height - side + 1, width - side + 1];
  if (rows < 1 || columns < 1) return new Int32Array(0);
  const offsets = patchOffsets(shape);
  const stride = Math.max(1, Math.floor((rows * columns) / mostPatches));
  const spread = Int32Array.from({ length: Math.floor((rows * columns - 1) / stride) + 1 }, (_, i) => {
    const patch = i * stride;
    return Math.floor(patch / columns) * width + (patch % columns);
  });
  const size = measured === undefined ? 1 : measured.data.length;
  const known = measured === undefined ? spread : spread.filter((place) => offsets.every((o) => measured.data[(place + o) % size] !== 0));
  const unclipped = known.filter((place) => offsets.every((o) => Math.abs(data[place + o]!) !== 1));
  return unclipped.length >= 10 * offsets.length ? unclipped : known;
}

function covariance(
  { data }: HostTensor,
  places: Int32Array,
  offsets: Int32Array,
): { readonly rows: number; readonly columns: number; readonly data: Float64Array; readonly mean: Float64Array } {
  const n = offsets.length;
  const [mean, values, products] = [new Float64Array(n), new Float64Array(n), new Float64Array(n * n)];
  for (const place of places) {
    for (let i = 0; i < n; i++) {
      const value = data[place + offsets[i]!]!;
      values[i] = value;
      mean[i]! += value;
      for (let j = 0; j <= i; j++) products[i * n + j]! += value * values[j]!;
    }
  }
  const result = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      const value = products[i * n + j]! / places.length - (mean[i]! / places.length) * (mean[j]! / places.length);
      result[i * n + j] = value;
      result[j * n + i] = value;
    }
  }
  return { rows: n, columns: n, data: result, mean: mean.map((sum) => sum / places.length) };
}
