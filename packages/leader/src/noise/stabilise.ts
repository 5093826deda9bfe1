import type { HostTensor, Tensor } from "@leader/graph";
import { unitRangeNoise, type UnitRangeNoise } from "@leader/core";
import { gainOf, type GrowingNoise, type NoiseLevel } from "./noise-level.js";

/**
 * The generalised Anscombe transform and its inverse, for images in [-1,1]. With brightness v = (y + 1) / 2, noise variance s^2 + g v and
 * c = s^2 + 3/8 g^2, w = sqrt(g v + c) has noise of standard deviation g / 2 whatever v is. It is scaled so that black stays black and white white:
 * t = (w - sqrt(c)) / (sqrt(g + c) - sqrt(c)) = v (sqrt(g + c) + sqrt(c)) / (w + sqrt(c)), of which the second form keeps its digits for the smallest g.
 * Source: Starck, Murtagh, Bijaoui 1998, Image Processing and Data Analysis, for the transform.
 */
export interface Stabiliser {
  /** Standard deviation of the noise after the transform, for images in [0,1]. */
  readonly level: number;
  /** What both maps are given beside the image: scalars, so that the graphs say nothing of the noise. */
  readonly scalars: readonly HostTensor[];
}

/** sqrt(3/8), below which w / g never lies where all noise is that of photons. */
const least = Math.sqrt(3 / 8);
/** Terms of the exact unbiased inverse in 1/D, 1/D^2 and 1/D^3 for D = 2 w / g. */
const terms = [Math.sqrt(3 / 2) / 4, -11 / 8, (5 / 8) * Math.sqrt(3 / 2)] as const;

const scalar = (value: number): HostTensor => ({ shape: [], dtype: "float32", data: Float32Array.of(value) });

/** The numbers of a transform. @param noise that grows */
export function stabiliser(noise: GrowingNoise): Stabiliser {
  const gain = gainOf(noise);
  const offset = noise.black ** 2 + (3 / 8) * gain ** 2;
  const [low, high] = [Math.sqrt(offset), Math.sqrt(gain + offset)];
  return { level: (low + high) / 2, scalars: [low, high, gain].map(scalar) };
}

/** Standard deviation of noise as a sampler sees it, for images in [0,1]: after the transform, where it grows. */
export const evenLevel = (noise: NoiseLevel): UnitRangeNoise => unitRangeNoise(typeof noise === "number" ? noise : stabiliser(noise).level);

const brightness = (image: Tensor): Tensor => image.add(1).mul(0.5);
const engineUnits = (v: Tensor): Tensor => v.mul(2).sub(1);

/** The transform. What noise made darker than any brightness counts as the darkest. */
export function stabilised(image: Tensor, [low, high, gain]: readonly Tensor[]): Tensor {
  const darkest = low!.square().div(gain!).neg();
  const v = brightness(image).maximum(darkest);
  const w = v.mul(gain!).add(low!.square()).maximum(0).sqrt();
  return engineUnits(v.mul(low!.add(high!)).div(w.add(low!)));
}

/**
 * The inverse for the mean of transformed values, in its closed form: the algebraic one, v = (w^2 - c) / g, would make it too dark by
 * about g / 4. Source: Makitalo, Foi 2013, Optimal Inversion of the Generalized Anscombe Transformation for Poisson-Gaussian Noise, eq. 10.
 */
export function destabilised(image: Tensor, [low, high, gain]: readonly Tensor[]): Tensor {
  const both = low!.add(high!);
  const slope = gain!.div(both);
  const t = brightness(image).maximum(low!.div(slope).neg());
  const w = t.mul(slope).add(low!);
  const algebraic = t.mul(w.add(low!)).div(both);
  const inverse = gain!.div(w.maximum(gain!.mul(least)).mul(2));
  const [first, second, third] = terms;
  const correction = inverse
    .mul(third)
    .add(second)
    .mul(inverse)
    .add(first)
    .mul(inverse)
    .add(1 / 4);
  return engineUnits(algebraic.add(correction.mul(gain!)));
}
