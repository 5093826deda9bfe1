import type { Tensor } from "@leader/core";

const pixels = [1, 2, 3] as const;

/**
 * The straight line through `values` as a function of a `feature`, by least squares in each image, both [N,1,H,W]: with the mean of the values, a
 * slope that is not negative, and an intercept that is not negative, for what the values estimate and the feature are both at least 0.
 * Values whose mean is negative give a constant.
 */
export function lineThrough(values: Tensor, feature: Tensor): Tensor {
  const meanOf = (x: Tensor): Tensor => x.mean(pixels, { keepDims: true });
  const [mean, meanFeature] = [meanOf(values), meanOf(feature)];
  const distance = feature.sub(meanFeature);
  const slope = meanOf(distance.mul(values)).div(meanOf(distance.square()).maximum(tiny));
  return distance.mul(slope.maximum(0).minimum(mean.maximum(0).div(meanFeature.maximum(tiny)))).add(mean);
}

/** A constant feature has no slope: 0 over this. */
const tiny = 1e-30;
