import { coreErrors, defineStage, type UncertaintyEstimator } from "@leader/core";
import { z } from "zod";
import { clampVariance } from "./clamp.js";
import { meanWithError } from "./mean-with-error.js";
import { dataVarianceOption, windowOption } from "./options.js";
import { smooth } from "./smooth.js";

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
export const steinEstimator = ({ window, dataVariance }: z.output<typeof options>): UncertaintyEstimator => ({
  needsFreshNoise: true,
  estimate(ctx, { level, prior, freshNoise }) {
    if (freshNoise === undefined) throw coreErrors.FRESH_NOISE_MISSING({ where: "estimate" });
    const r = freshNoise.whitened.mul(freshNoise.total.sub(prior.epsilon));
    const sigma2 = level.sigma.square();
    const { mean, standardError } = meanWithError(r);
    const variance = smooth(r.mean([1], { keepDims: true }), window).mul(sigma2);
    return {
      variance: clampVariance(ctx, variance, level.sigma, dataVariance),
      mean: mean.mul(sigma2),
      standardError: standardError.mul(sigma2),
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
