import { defineStage, type UncertaintyEstimator } from "@leader/core";
import { z } from "zod";
import { clampVariance } from "./clamp.js";
import { meanWithError } from "./mean-with-error.js";
import { dataVarianceOption, windowOption } from "./options.js";
import { smooth } from "./smooth.js";

const options = z.strictObject({ window: windowOption, dataVariance: dataVarianceOption });

/**
 * Sigma_t from the score alone, by Fisher's identity E[s s^T] = E[F] with s = -e / sqrt(1-ab):
 * (1-ab) diag F ~ e * e, so Sigma ~ sigma^2 (1 - smooth(e^2)) (eq. 10). It holds on average over x_t only and is biased along a
 * deterministic trajectory; at high noise it is biased upwards.
 */
export const scoreEstimator = ({ window, dataVariance }: z.output<typeof options>): UncertaintyEstimator => ({
  needsFreshNoise: false,
  estimate(ctx, { level, prior }) {
    const energy = prior.epsilon.square();
    const sigma2 = level.sigma.square();
    const { mean, standardError } = meanWithError(energy);
    const one = energy.trace.scalar(1, "float32");
    const variance = one.sub(smooth(energy.mean([1], { keepDims: true }), window)).mul(sigma2);
    return {
      variance: clampVariance(ctx, variance, level.sigma, dataVariance),
      mean: one.sub(mean).mul(sigma2),
      standardError: standardError.mul(sigma2),
    };
  },
});

export const score = defineStage({
  kind: "uncertainty",
  summary: "posterior variance from the squared prediction (Fisher's identity): no network evaluation, exact only on average",
  options,
  create: scoreEstimator,
});
