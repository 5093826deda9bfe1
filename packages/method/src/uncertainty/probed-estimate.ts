import type { Level, StepContext, Tensor, Uncertainty } from "@leader/core";
import { meanWithError } from "./mean-with-error.js";
import { varianceMap, type VarianceMapOptions } from "./variance-map.js";

export interface ProbeOptions extends VarianceMapOptions {
  readonly probes: number;
}

/**
 * Sigma_t by products with J = d x0 / d x: diag Sigma = ((1-ab)/sqrt(ab)) diag J (eq. 10 of the paper in the form without cancellation), and diag J ~
 * v * (J v) for random signs v (Hutchinson), averaged over probes. The standard error comes from the spread over pixels and probes. It is not that of
 * independent values: the pair (i, j) of pixels adds the same v_i Sigma_ij v_j to both, so the variance of the sum is twice the sum of the variances.
 * @param product J v or J^T v: their diagonals agree.
 */
export function probedEstimate(
  ctx: StepContext,
  { x, level }: { readonly x: Tensor; readonly level: Level },
  options: ProbeOptions,
  product: (v: Tensor) => Tensor,
): Uncertainty {
  const factor = level.sigma.mul(level.sqrtOneMinusAlphaBar);
  const diagonals = Array.from({ length: options.probes }, (_, k) => {
    const v = ctx.signs(`probe${k}`, x);
    return v.mul(product(v)).mul(factor);
  });
  const [first, ...rest] = diagonals.map((diagonal) => diagonal.reshape([1, ...diagonal.shape]));
  const { mean, standardError } = meanWithError(first!.concat(rest, 0), options.probes);
  const average = diagonals.reduce((a, b) => a.add(b)).div(options.probes);
  const variance = varianceMap(ctx, average.mean([1], { keepDims: true }), level.sigma, options);
  return { variance, mean, standardError: standardError.mul(Math.SQRT2) };
}
