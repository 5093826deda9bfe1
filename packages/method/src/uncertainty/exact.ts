import { coreErrors, defineStage, type UncertaintyEstimator } from "@leader/core";
import { z } from "zod";

/** Sigma_t in closed form, for analytic priors; its standard error is 0. */
export const exactEstimator = (): UncertaintyEstimator => ({
  needsFreshNoise: false,
  estimate(ctx, { x, level }) {
    const { posteriorVariance } = ctx.denoiser;
    if (posteriorVariance === undefined) {
      throw coreErrors.BAD_ARGUMENT({ function: "exact", expected: "a denoiser with `posteriorVariance`", received: "one without" });
    }
    const variance = posteriorVariance(x, level);
    return { variance, mean: variance.mean(), standardError: x.trace.scalar(0, "float32") };
  },
});

export const exact = defineStage({
  kind: "uncertainty",
  summary: "the exact posterior variance of an analytic prior",
  options: z.strictObject({}),
  requires: ["denoiser.posteriorVariance"],
  create: exactEstimator,
});
