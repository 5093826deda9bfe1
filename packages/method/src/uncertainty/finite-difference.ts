import { defineStage, type Level, type StepContext, type Tensor, type UncertaintyEstimator } from "@leader/core";
import { z } from "zod";
import { dataVarianceOption, everyOption, windowOption } from "./options.js";
import { probedEstimate } from "./probed-estimate.js";

const options = z.strictObject({
  probes: z.int().min(1).max(1024).default(1).describe("random directions per step; each costs one network evaluation (two if central)"),
  step: z.number().positive().max(1).default(0.02).describe("length of the difference, as a share of the state's noise sqrt(1 - alphaBar)"),
  central: z.boolean().default(false).describe("difference both ways: exact to second order, at twice the evaluations"),
  every: everyOption,
  window: windowOption,
  dataVariance: dataVarianceOption,
});

/**
 * Sigma_t by probing the network (`probedEstimate`) with J_x0 v ~ (x0(x + d v) - x0(x)) / d. Works on any network, differentiable or not, for `probes`
 * evaluations a step.
 */
export const finiteDifferenceEstimator = (o: z.output<typeof options>): UncertaintyEstimator => ({
  needsFreshNoise: false,
  every: o.every,
  estimate(ctx, { x, level, prior }) {
    const distance = level.sqrtOneMinusAlphaBar.mul(o.step);
    return probedEstimate(ctx, { x, level }, o, (v) => directional(ctx, x, v, distance, level, prior.x0, o.central));
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
