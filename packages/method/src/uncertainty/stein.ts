import { coreErrors, defineStage, type UncertaintyEstimator } from "@leader/core";
import { z } from "zod";
import { dataVarianceOption, windowOption } from "./options.js";
import { varianceMap } from "./variance-map.js";

const options = z.strictObject({ window: windowOption, dataVariance: dataVarianceOption });

/**
 * Sigma_t from the noise that the sampler drew itself, at no network evaluation.
 *
 * The state is x = sqrt(ab) xh + sqrt(1-ab) n with n = M z + (what was known before z). Stein's lemma gives
 * E[M^-1 z * e(x)] = sqrt(1-ab) diag J_e, and E[M^-1 z * n] = 1, hence
 *
 *   r = M^-1 z * (n - e)   has mean   1 - sqrt(1-ab) diag J_e = diag Sigma_t / sigma^2      (eq. 10)
 *
 * n is a control variate: r varies with the residual n - e of the prediction, not with e. Sigma is sigma^2 times r,
 * averaged over channels and a Gaussian window; U_t = sigma^2 mean(r), with standard error sigma^2 std(r) / sqrt(number of
 * values), which exceeds U_t at high noise: a scheduler must use both.
 */
export const steinEstimator = (o: z.output<typeof options>): UncertaintyEstimator => ({
  needsFreshNoise: true,
  estimate(ctx, { level, prior, freshNoise }) {
    if (freshNoise === undefined) throw coreErrors.FRESH_NOISE_MISSING({ where: "estimate" });
    const r = freshNoise.whitened.mul(freshNoise.total.sub(prior.epsilon));
    const sigma2 = level.sigma.square();
    const perPixel = r.mean([1], { keepDims: true });
    const mean = perPixel.mean();
    // r is a product with random signs and spreads at least as far as its mean, so that one pass over it loses no digits.
    const spread = r.square().mean().sub(mean.square()).maximum(0);
    return {
      variance: varianceMap(ctx, perPixel, level.sigma, o, (smoothed) => smoothed.mul(sigma2)),
      mean: mean.mul(sigma2),
      standardError: spread.div(r.size).sqrt().mul(sigma2),
    };
  },
});

export const stein = defineStage({
  kind: "uncertainty",
  summary: "posterior variance from the sampler's own noise by Stein's lemma: no network evaluation",
  options,
  requires: ["baseline.freshNoise"],
  create: steinEstimator,
});
