import { denseSvd, unitRangeNoise, type UnitRangeNoise } from "@leader/core";
import type { HostTensor } from "@leader/graph";
import { errors } from "../error-codes.js";
import { brightnessNoise, mostTexture } from "./brightness-noise.js";

/** Side of a patch in pixels. */
const side = 8;
/** Most patches that are looked at; more say little more and cost their square. */
const mostPatches = 10_000;
/** Fewest patches per dimension that make a covariance. */
const fewestPerDimension = 4;

/** What may be left out of an estimate. */
export interface EstimateNoiseOptions {
  /** 1 where a value was measured, 0 elsewhere; of the picture's shape, or one that broadcasts over channels [1,1,H,W]. */
  readonly measured?: HostTensor;
}

/**
 * The standard deviation of unknown Gaussian noise in a picture, for images in [0,1].
 *
 * Patches of a picture lie near a subspace; what is outside of it is noise. The covariance of all patches (over colours too, whose
 * differences hold little but noise) is decomposed, and its largest eigenvalues are taken away until the mean of the rest is no more
 * than its median: then the rest is symmetric, as noise alone is. Patches with clipped samples are left out: clipping removes noise. Where
 * colours were stored at half the size (JPEG), the brightness says how much noise there was before, from about 10 of 255 on.
 * Source: Chen, Zhu, Heng 2015, An Efficient Statistical Method for Image Noise Level Estimation, ICCV.
 * @param picture [1,C,H,W] in [-1,1], values outside allowed
 * Errors: `NOISE_NOT_ESTIMABLE` (no picture, or too small).
 */
export function estimateNoise(picture: HostTensor, { measured }: EstimateNoiseOptions = {}): UnitRangeNoise {
  const [batch, channels = 0, height = 0, width = 0] = picture.shape;
  const dimensions = channels * side * side;
  if (picture.shape.length !== 4 || batch !== 1)
    throw errors.NOISE_NOT_ESTIMABLE({ problem: `an array [${picture.shape.join()}] is no picture` });
  const places = patchPlaces(picture, measured);
  if (places.length < fewestPerDimension * dimensions) {
    throw errors.NOISE_NOT_ESTIMABLE({
      problem: `${height} x ${width} pixels hold ${places.length} patches of ${side} x ${side} to learn from; ${fewestPerDimension * dimensions} are needed`,
    });
  }
  const { singularValues } = denseSvd(covariance(picture, places));
  const deviation = Math.sqrt(noiseVariance(singularValues));
  const ofBrightness = channels === 3 ? brightnessNoise(picture, places, side) : 0;
  const leastShare = ofBrightness > mostTexture ? leastShareBeyondTexture : leastShareOfTexture;
  return unitRangeNoise((deviation < leastShare * ofBrightness ? ofBrightness : deviation) / 2);
}

/**
 * JPEG keeps colour differences at half the size, as cameras and most programs write it: their fine noise is gone, and the patches over colours
 * say that there is next to none, rounding alone. Where they say less than this share of what the brightness has, the brightness is right; a
 * larger share would take the texture of clean pictures for noise.
 */
const leastShareOfTexture = 0.06;
/** The share where there is more than texture: clipped values tell the colours apart again and leave them a tenth of the noise. */
const leastShareBeyondTexture = 0.2;

/** The variance at which the mean of the smallest eigenvalues is no more than their median; eigenvalues descend. */
function noiseVariance(eigenvalues: Float64Array): number {
  const count = eigenvalues.length;
  let sum = eigenvalues.reduce((a, b) => a + b, 0);
  for (let first = 0; first < count - 1; first++) {
    const rest = count - first;
    const mean = sum / rest;
    const median = (eigenvalues[first + Math.floor((rest - 1) / 2)]! + eigenvalues[first + Math.floor(rest / 2)]!) / 2;
    if (mean <= median * (1 + 1e-9)) return Math.max(0, mean);
    sum -= eigenvalues[first]!;
  }
  return Math.max(0, eigenvalues[count - 1]!);
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
function patchPlaces({ shape, data }: HostTensor, measured: HostTensor | undefined): Int32Array {
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

function covariance({ shape, data }: HostTensor, places: Int32Array): { rows: number; columns: number; data: Float64Array } {
  const offsets = patchOffsets(shape);
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
  return { rows: n, columns: n, data: result };
}
