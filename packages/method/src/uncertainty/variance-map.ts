import { extents, type StepContext, type Tensor } from "@leader/core";
import { smoothing, type Smoothing } from "./smooth.js";

export interface VarianceMapOptions {
  /** Standard deviation of the smoothing window in pixels. */
  readonly window: number;
  /** The most that can be unknown about a value of an image. */
  readonly dataVariance: number;
}

/**
 * The variance map from values per pixel, [N,1,H,W]: smoothed, turned into variances by `varianceOf`, which may smooth other maps, and limited to
 * [0, min(sigma^2, dataVariance)]. sigma^2 is the bound the paper gives (eq. 10); a multimodal prior can exceed it, which is why
 * the share of the smoothed map that had to change is observed, as `uncertainty.clamped`. Limits hold at the knots of the
 * smoothing, and so between them.
 */
export function varianceMap(
  ctx: StepContext,
  perPixel: Tensor,
  sigma: Tensor,
  { window, dataVariance }: VarianceMapOptions,
  varianceOf: (smoothed: Tensor, window: Smoothing) => Tensor = (smoothed) => smoothed,
): Tensor {
  const [height, width] = extents(perPixel.shape.slice(2), 2);
  const smoother = smoothing(height, width, window);
  const variance = varianceOf(smoother.coarsen(perPixel), smoother);
  const limit = sigma.square().minimum(dataVariance);
  const outside = variance.less(0).or(variance.greater(limit));
  ctx.observe("uncertainty.clamped", outside.cast("float32").mean());
  return smoother.refine(variance.clip(0, limit));
}
