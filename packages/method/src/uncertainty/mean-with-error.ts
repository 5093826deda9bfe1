import type { Tensor } from "@leader/core";

/** Mean of all elements, and its standard error if they are independent. */
export function meanWithError(sample: Tensor): { readonly mean: Tensor; readonly standardError: Tensor } {
  const mean = sample.mean();
  // In two passes: mean(s^2) - mean(s)^2 would cancel in float32.
  const variance = sample.sub(mean).square().mean();
  return { mean, standardError: variance.div(sample.size).sqrt() };
}
