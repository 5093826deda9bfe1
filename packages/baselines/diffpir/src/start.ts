import { measuredImage, remainingSpread, type Level, type StepContext, type Tensor } from "@leader/core";

/** Where the walk starts: see `firstState`. */
export type Start = "interpolated" | "noisy-measurement" | "noise";

/** The first state, split into what is known and the noise around it. */
export interface FirstState {
  /** The part of the state that does not come from its noise. */
  readonly known: Tensor;
  /** Standard deviation of the noise; a scalar. */
  readonly spread: Tensor;
}

/**
 * The first states of the released scripts, x = known + spread z:
 *
 *   interpolated        sqrt(a) Y + sqrt(1-a) z, with Y the measurement interpolated to the size of the image (bicubic)
 *   noisy-measurement   s Y + sqrt(1 - a - s^2 (1-b)) z with s = sqrt(a/b): Y is taken as a state of the noise level b = 1/(1+sigma_y^2) that
 *                       has the noise of the measurement. The released code rounds b to a trained level.
 *   noise               z
 */
export function firstState(ctx: StepContext, y: Tensor, level: Level, start: Start): FirstState {
  if (start === "noise") return { known: y.trace.scalar(0, "float32"), spread: y.trace.scalar(1, "float32") };
  const image = measuredImage(ctx.operator, y);
  if (start === "interpolated") return { known: level.sqrtAlphaBar.mul(image), spread: level.sqrtOneMinusAlphaBar };
  // With s^2 = a (1 + sigma_y^2), the variance left is 1 - a - a sigma_y^2.
  const carried = level.sqrtAlphaBar.mul(ctx.sigmaY);
  return {
    known: image.mul(level.sqrtAlphaBar).mul(ctx.sigmaY.square().add(1).sqrt()),
    spread: remainingSpread(level.sqrtOneMinusAlphaBar, carried),
  };
}
