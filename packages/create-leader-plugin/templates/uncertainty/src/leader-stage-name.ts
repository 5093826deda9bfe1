import type { UncertaintyEstimator } from "@leader/core";
import { z } from "zod";

export const options = z.strictObject({
  step: z.number().positive().max(1).default(0.02).describe("length of the difference, as a share of the state's noise"),
});

/**
 * diag Cov(x0 | x) = ((1 - alphaBar) / sqrt(alphaBar)) diag J with J = d x0 / d x (Tweedie's second-order formula), and diag J ~ v * (J v) for
 * random signs v (Hutchinson 1989), with J v from a difference: one more network evaluation per step.
 */
export const leaderStageNameEstimator = ({ step }: z.output<typeof options>): UncertaintyEstimator => ({
  needsFreshNoise: false,
  estimate(ctx, { x, level, prior }) {
    const v = ctx.signs("probe", x);
    const distance = level.sqrtOneMinusAlphaBar.mul(step);
    const ahead = ctx.denoiser.denoise(x.add(v.mul(distance)), level);
    const sample = ahead.x0.sub(prior.x0).div(distance).mul(v).mul(level.sigma).mul(level.sqrtOneMinusAlphaBar);
    const mean = sample.mean();
    // Each pair of pixels adds the same v_i J_ij v_j to both: the variance of the mean is twice that of independent values.
    const standardError = sample
      .sub(mean)
      .square()
      .mean()
      .mul(2 / sample.size)
      .sqrt();
    return { variance: sample.mean([1], { keepDims: true }).clip(0, level.sigma.square()), mean, standardError };
  },
});
