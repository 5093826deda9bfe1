import type { StepInput } from "../contract/baseline.js";
import type { Tensor } from "@leader/graph";
import type { NoiseWeights } from "./fresh-share.js";

/** Keeps quotients finite where there is no noise at all. */
const tiny = 1e-12;

/** Weights of the two noises that fill a component up to the noise of its level. */
export interface SplitSpread {
  /** Standard deviation of the fresh noise. */
  readonly fresh: Tensor;
  /** Weight of the predicted noise. */
  readonly predicted: Tensor;
}

/**
 * Splits the noise that a step adds to components which the measurement leads, `spread`, as a proposal asks: `fresh` of it drawn afresh, the rest what
 * the network predicts. The predicted noise is that of the state before, and so holds a part of the measurement's noise, which comes in with the measurement
 * once more. With m = measurementNoise at the two levels and rho = m / sqrt(1-a) at `from`, the correlation of the two,
 *
 *   predicted^2 + 2 m' rho predicted = kept^2 spread^2,    so that    m'^2 + (fresh spread)^2 + predicted^2 + 2 m' rho predicted = 1 - a'
 *
 * Published spectral methods draw all of it afresh. What the network predicts holds the texture that fits the picture.
 * @param noisePerImage noise that the measurement leaves in each component of a clean image, sigma_y / s.
 */
export function keptBesideMeasurement(
  spread: Tensor,
  noisePerImage: Tensor,
  { from, to }: Pick<StepInput, "from" | "to">,
  { fresh, kept }: NoiseWeights,
): SplitSpread {
  const correlation = from.sqrtAlphaBar.mul(noisePerImage).div(from.sqrtOneMinusAlphaBar).minimum(1);
  const overlap = to.sqrtAlphaBar.mul(noisePerImage).mul(correlation);
  const rest = spread.mul(kept).square();
  const predicted = rest.div(rest.add(overlap.square()).sqrt().add(overlap).maximum(tiny));
  return { fresh: spread.mul(fresh), predicted };
}

/** Weight of two noises that have the same share. */
const even = Math.SQRT1_2;

/**
 * Splits the noise of a component whose measurement is noisier than the level as a proposal asks, `kept` of it for the measurement. That is what the state
 * knows of the measurement, and with all noise drawn afresh it would forget it: at most half is.
 */
export const keptOfMeasurement = (spread: Tensor, { fresh, kept }: NoiseWeights): { readonly fresh: Tensor; readonly kept: Tensor } => ({
  fresh: spread.mul(fresh).minimum(spread.mul(even)),
  kept: spread.mul(kept).maximum(spread.mul(even)),
});
