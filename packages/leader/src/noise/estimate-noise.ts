import { unitRangeNoise, type UnitRangeNoise } from "@leader/core";
import type { HostTensor } from "@leader/graph";
import { errors } from "../error-codes.js";
import { brightnessNoise, mostTexture } from "./brightness-noise.js";
import { growth } from "./growth.js";
import type { NoiseLevel } from "./noise-level.js";
import { decomposed, patchPlaces, side, type Patches } from "./patches.js";

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
export function estimateNoise(picture: HostTensor, options: EstimateNoiseOptions = {}): UnitRangeNoise {
  return unitRangeNoise(measuredNoise(picture, options).level);
}

/**
 * The same where it is even; else how it grows with brightness, as the noise of photons does: `{ black, white }`, where it is at least 1.15
 * times as strong in the lightest twelfth of the picture as in the darkest. Where colours were stored at half the size, noise counts as even.
 * @param picture [1,C,H,W] in [-1,1], values outside allowed
 * Errors: `NOISE_NOT_ESTIMABLE` (no picture, or too small).
 */
export function estimateGrowingNoise(picture: HostTensor, options: EstimateNoiseOptions = {}): NoiseLevel {
  const { level, patches } = measuredNoise(picture, options);
  return (patches === undefined ? undefined : growth(picture, patches)) ?? level;
}

/** The level of even noise for images in [0,1], and the patches that it was found in; absent where the brightness said it. */
function measuredNoise(picture: HostTensor, { measured }: EstimateNoiseOptions): { readonly level: number; readonly patches?: Patches } {
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
  const patches = decomposed(picture, places);
  const deviation = Math.sqrt(patches.variance);
  const ofBrightness = channels === 3 ? brightnessNoise(picture, places, side) : 0;
  const leastShare = ofBrightness > mostTexture ? leastShareBeyondTexture : leastShareOfTexture;
  return deviation < leastShare * ofBrightness ? { level: ofBrightness / 2 } : { level: deviation / 2, patches };
}

/**
 * JPEG keeps colour differences at half the size, as cameras and most programs write it: their fine noise is gone, and the patches over colours
 * say that there is next to none, rounding alone. Where they say less than this share of what the brightness has, the brightness is right; a
 * larger share would take the texture of clean pictures for noise.
 */
const leastShareOfTexture = 0.06;
/** The share where there is more than texture: clipped values tell the colours apart again and leave them a tenth of the noise. */
const leastShareBeyondTexture = 0.2;
