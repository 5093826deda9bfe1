import type { StepContext, Tensor } from "@leader/core";

const pixels = [1, 2, 3] as const;

/**
 * The straight line through `values` as a function of a `feature`, by least squares in each image, both [N,1,H,W]: with the mean of the values, a
 * slope that is not negative, and an intercept that is not negative, for what the values estimate and the feature are both at least 0.
 * Values whose mean is negative give a constant. Parts of a picture share one line.
 */
export function lineThrough(ctx: Pick<StepContext, "ofPicture">, values: Tensor, feature: Tensor): Tensor {
  const meanOf = (x: Tensor): Tensor => x.mean(pixels, { keepDims: true });
  const [mean, meanFeature] = [meanOf(values), meanOf(feature)];
  const distance = feature.sub(meanFeature);
  const slope = meanOf(distance.mul(values)).div(meanOf(distance.square()).maximum(tiny));
  const rising = ctx.ofPicture("uncertainty.slope", slope.maximum(0).minimum(mean.maximum(0).div(meanFeature.maximum(tiny))));
  return feature.mul(rising).add(ctx.ofPicture("uncertainty.intercept", mean.sub(meanFeature.mul(rising))));
}

/** A constant feature has no slope: 0 over this. */
const tiny = 1e-30;
