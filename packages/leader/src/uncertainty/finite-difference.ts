import { defineStage, type Level, type StepContext, type Tensor, type UncertaintyEstimator } from "@leader/core";
import { z } from "zod";
import { meanWithError } from "./mean-with-error.js";
import { dataVarianceOption, windowOption } from "./options.js";
import { varianceMap } from "./variance-map.js";

const options = z.strictObject({
  probes: z.int().min(1).max(1024).default(1).describe("random directions per step; each costs one network evaluation (two if central)"),
  step: z.number().positive().max(1).default(0.02).describe("length of the difference, as a share of the state's noise sqrt(1 - alphaBar)"),
  central: z.boolean().default(false).describe("difference both ways: exact to second order, at twice the evaluations"),
  window: windowOption,
  dataVariance: dataVarianceOption,
});

/**
 * Sigma_t by probing the network: Sigma v = ((1-ab)/sqrt(ab)) J_x0 v with J_x0 v ~ (x0(x + d v) - x0(x)) / d, and
 * diag Sigma ~ v * (Sigma v) for random signs v (Hutchinson), averaged over probes. This form has no cancellation, unlike
 * eq. 10 itself. Works on any network, differentiable or not, for `probes` evaluations a step.
 * The standard error comes from the spread over pixels and probes. It is not that of independent values: the pair (i, j) of pixels adds
 * the same v_i Sigma_ij v_j to both, so the variance of the sum is twice the sum of the variances.
 */
export const finiteDifferenceEstimator = (o: z.output<typeof options>): UncertaintyEstimator => ({
  needsFreshNoise: false,
  estimate(ctx, { x, level, prior }) {
    const distance = level.sqrtOneMinusAlphaBar.mul(o.step);
    const factor = level.sigma.mul(level.sqrtOneMinusAlphaBar);
    const diagonals = Array.from({ length: o.probes }, (_, k) => {
      const v = ctx.signs(`probe${k}`, x);
      return v.mul(directional(ctx, x, v, distance, level, prior.x0, o.central)).mul(factor);
    });
    const [first, ...rest] = diagonals.map((diagonal) => diagonal.reshape([1, ...diagonal.shape]));
    const { mean, standardError } = meanWithError(first!.concat(rest, 0));
    const average = diagonals.reduce((a, b) => a.add(b)).div(o.probes);
    const variance = varianceMap(ctx, average.mean([1], { keepDims: true }), level.sigma, o);
    return { variance, mean, standardError: standardError.mul(Math.SQRT2) };
  },
});

/** J_x0 v. */
function directional(ctx: StepContext, x: Tensor, v: Tensor, distance: Tensor, level: Level, x0: Tensor, central: boolean): Tensor {
  const ahead = ctx.denoiser.denoise(x.add(v.mul(distance)), level).x0;
  if (!central) return ahead.sub(x0).div(distance);
  const behind = ctx.denoiser.denoise(x.sub(v.mul(distance)), level).x0;
  return ahead.sub(behind).div(distance.mul(2));
}

export const finiteDifference = defineStage({
  kind: "uncertainty",
  summary: "posterior variance by differences of the network along random signs: one more evaluation per probe",
  options,
  create: finiteDifferenceEstimator,
});
