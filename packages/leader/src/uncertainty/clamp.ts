import type { StepContext, Tensor } from "@leader/core";

/**
 * Limits a variance map to [0, min(sigma^2, dataVariance)] and observes the fraction of pixels it had to change as
 * `uncertainty.clamped`. sigma^2 is the bound the paper gives (eq. 10); a multimodal prior can exceed it, which is why the
 * fraction is reported.
 */
export function clampVariance(ctx: StepContext, variance: Tensor, sigma: Tensor, dataVariance: number): Tensor {
  const limit = sigma.square().minimum(dataVariance);
  const outside = variance.less(0).or(variance.greater(limit));
  ctx.observe("uncertainty.clamped", outside.cast("float32").mean());
  return variance.clip(0, limit);
}
