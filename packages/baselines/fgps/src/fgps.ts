import {
  guidedAncestral,
  type GuidedAncestralOptions,
  type LastEstimate,
  type Level,
  type NoiseSchedule,
  type Tensor,
  type UpdateRule,
} from "@leader/core";
import { lowPass } from "./low-pass.js";

export interface FgpsOptions extends Pick<GuidedAncestralOptions, "mode" | "clip" | "variance"> {
  /** zeta at the noisiest and at the last level, per trained level. */
  readonly scaleStart: number;
  readonly scaleEnd: number;
  /** kappa at the noisiest level and towards the clean end, in cycles per 256 pixels of the image. */
  readonly cutoffStart: number;
  readonly cutoffEnd: number;
  /** How kappa goes from one to the other. */
  readonly cutoff: "exponential" | "linear";
}

/**
 * FGPS: frequency-guided posterior sampling (Thaker, Goyal, Vidal 2024). DPS (`guidedAncestral`) that fits the low frequencies of the measurement first: with
 * F the ideal low-pass filter of the frequencies below kappa, and p going from 0 at the noisiest trained level to 1 at the last,
 *
 *   x0 = clip(D(x)),   r = F (y - A x0)
 *   x' = mu(x0, x) + s z + zeta J^T A^T F r / |r|
 *   kappa = end - (end - start) exp(-5 p)   or   start + (end - start) p
 *   zeta  = (start + end) / 2 + (start - end) / 2 cos(pi p)
 *
 * Published cut-offs, 10 to 75 cycles per 256 pixels, never reach the full band of 181. The measurement must be a picture; a filter in the space of masked
 * pixels mixes them with the missing ones. Images in [-1,1]. The noise of the measurement is not used.
 *
 * `corrected` and `faithful` as of DPS. Deviations from the released code in both: its configurations name a start and an end of zeta, but it stops at
 * two names that are nowhere defined, so that which end is which is a reading; the curriculum that the paper derives from data is not in it and not here.
 */
export const fgps = (options: FgpsOptions): UpdateRule<LastEstimate> =>
  guidedAncestral({
    ...options,
    scale: (ctx, from) => scaleAt(progress(ctx.denoiser.schedule, from), options),
    filter: ({ denoiser, operator }, r, from) => lowPass(operator, r, cutoffAt(progress(denoiser.schedule, from), options)),
  });

/** p: 0 at the noisiest trained level, 1 at the least noisy. */
const progress = ({ length }: NoiseSchedule, { index }: Level): Tensor =>
  index
    .neg()
    .add(length - 1)
    .div(Math.max(length - 2, 1));

/** kappa, a scalar. */
export const cutoffAt = (p: Tensor, { cutoffStart, cutoffEnd, cutoff }: FgpsOptions): Tensor =>
  cutoff === "linear"
    ? p.mul(cutoffEnd - cutoffStart).add(cutoffStart)
    : p
        .mul(-5)
        .exp()
        .mul(cutoffStart - cutoffEnd)
        .add(cutoffEnd);

/** zeta, a scalar. */
export const scaleAt = (p: Tensor, { scaleStart, scaleEnd }: FgpsOptions): Tensor =>
  p
    .mul(Math.PI)
    .cos()
    .mul((scaleStart - scaleEnd) / 2)
    .add((scaleStart + scaleEnd) / 2);
