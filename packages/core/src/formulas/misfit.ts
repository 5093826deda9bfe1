import { shareOfNonZero } from "../linear/measured-share.js";
import type { StepContext } from "../contract/baseline.js";
import type { Tensor } from "@leader/graph";

/**
 * mean (y - A x0)^2 - sigma_y^2: how far the network's estimate is from the measurement beyond the measurement's noise, per measured value. A scalar
 * in engine units squared, below 0 where the estimate has taken the noise up. An estimate off by U per pixel misses a measurement by about U times
 * the mean square of the singular values: a misfit above U, where these are at most 1, says that U does not know of all errors.
 */
export function misfitOf({ operator, sigmaY }: Pick<StepContext, "operator" | "sigmaY">, y: Tensor, x0: Tensor): Tensor {
  const squares = y.sub(operator.apply(x0)).square().mean();
  const { measured } = operator;
  // Entries that only fill the picture are 0 on both sides.
  const perValue = measured === undefined ? squares : squares.div(shareOfNonZero(measured));
  return perValue.sub(sigmaY.square());
}
