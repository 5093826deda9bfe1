import { defineStage, type UncertaintyEstimator } from "@leader/core";
import { z } from "zod";
import { meanWithError } from "./mean-with-error.js";
import { dataVarianceOption, windowOption } from "./options.js";
import { varianceMap } from "./variance-map.js";

const options = z.strictObject({ window: windowOption, dataVariance: dataVarianceOption });

/**
 * Sigma_t from the score alone, by Fisher's identity E[s s^T] = E[F] with s = -e / sqrt(1-ab):
 * (1-ab) diag F ~ e * e, so Sigma ~ sigma^2 (1 - smooth(e^2)) (eq. 10). It holds on average over x_t only and is biased along a
 * deterministic trajectory; at high noise it is biased upwards.
 */
export const scoreEstimator = (o: z.output<typeof options>): UncertaintyEstimator => ({
  needsFreshNoise: false,
  estimate(ctx, { level, prior }) {
    const energy = prior.epsilon.square();
    const sigma2 = level.sigma.square();
    const { mean, standardError } = meanWithError(energy);
    const one = energy.trace.scalar(1, "float32");
    const perPixel = energy.mean([1], { keepDims: true });
    return {
      variance: varianceMap(ctx, perPixel, level.sigma, o, (smoothed) => one.sub(smoothed).mul(sigma2)),
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
