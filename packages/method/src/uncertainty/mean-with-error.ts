import type { Tensor } from "@leader/core";

/** Values of a region, 128 x 128 pixels of three channels. */
const regionSize = 3 * 128 * 128;

/**
 * How many of a picture's values a standard error is for: those of a region, or of the whole picture if it is smaller. What is true of the mean
 * over a large picture need not be so of its regions, and a step must suit them all; nor may it depend on whether they are restored together.
 */
export const valuesOfRegion = (size: number): number => Math.min(size, regionSize);

/**
 * Mean of all elements, and the standard error of the mean over a region if they are independent.
 * @param probes how often each value of the picture was sampled
 */
export function meanWithError(sample: Tensor, probes = 1): { readonly mean: Tensor; readonly standardError: Tensor } {
  const mean = sample.mean();
  // In two passes: mean(s^2) - mean(s)^2 would cancel in float32.
  const variance = sample.sub(mean).square().mean();
  return { mean, standardError: variance.div(probes * valuesOfRegion(sample.size / probes)).sqrt() };
}
