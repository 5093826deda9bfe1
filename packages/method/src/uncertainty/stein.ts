import { coreErrors, defineStage, scaledTensor, type Tensor, type UncertaintyEstimator } from "@leader/core";
import { z } from "zod";
import { squaredGradient } from "../ucpm/differences.js";
import { lineThrough } from "./line.js";
import { valuesOfRegion } from "./mean-with-error.js";
import { dataVarianceOption, windowOption } from "./options.js";
import type { Smoothing } from "./smooth.js";
import { varianceMap } from "./variance-map.js";

const options = z.strictObject({
  map: z
    .enum(["line", "window"])
    .default("line")
    .describe(
      "how the map is made of products that are mostly noise. line: as far as they follow where the estimate has edges and changes; window: their means over the window",
    ),
  window: windowOption.default(2),
  dataVariance: dataVarianceOption,
});

/**
 * Sigma_t from the noise that the sampler drew itself, at no network evaluation.
 *
 * The state is x = sqrt(ab) xh + sqrt(1-ab) n with n = M z + (what was known before z). Stein's lemma gives
 * E[M^-1 z * e(x)] = sqrt(1-ab) diag J_e, and E[M^-1 z * n] = 1, hence
 *
 *   r = M^-1 z * (n - e)   has mean   1 - sqrt(1-ab) diag J_e = diag Sigma_t / sigma^2      (eq. 10)
 *
 * n is a control variate: r varies with the residual n - e of the prediction, not with e. U_t = sigma^2 mean(r), with standard error
 * sigma^2 std(r) / sqrt(values of a region), which exceeds U_t at high noise: a scheduler must use both. Sigma is sigma^2 times r, averaged
 * over channels and a Gaussian window. That leaves more noise than Sigma in the map, so that by default the map is the line through these
 * averages as a function of where the estimate has edges and still changes, with their mean (`lineThrough`).
 */
export const steinEstimator = (o: z.output<typeof options>): UncertaintyEstimator => ({
  needsFreshNoise: true,
  estimate(ctx, { level, prior, freshNoise }) {
    if (freshNoise === undefined) throw coreErrors.FRESH_NOISE_MISSING({ where: "estimate" });
    const residual = freshNoise.total.sub(prior.epsilon);
    // r = factor q: the factor is taken to what is made of q.
    const { base, factor } = scaledTensor(freshNoise.whitened);
    const q = base.mul(residual);
    const sigma2 = level.sigma.square();
    const perPixel = q.mean([1], { keepDims: true });
    const mean = perPixel.mean();
    // r is a product with random signs and spreads at least as far as its mean, so that one pass over it loses no digits.
    const spread = q.square().mean().sub(mean.square()).maximum(0);
    const variance = (smoothed: Tensor, window: Smoothing): Tensor => {
      const values = smoothed.mul(factor);
      return (o.map === "line" ? lineThrough(ctx, values, edgesThatChange(prior.x0, residual, window)) : values).mul(sigma2);
    };
    const scale = factor.mul(sigma2);
    return {
      variance: varianceMap(ctx, perPixel, level.sigma, o, variance),
      mean: mean.mul(scale),
      standardError: spread.div(valuesOfRegion(q.size)).sqrt().mul(scale.abs()),
    };
  },
});

/**
 * Where the estimate has edges and still changes, [N,1,h,w]: the power of n - e, which is its change since the last step over sigma, times the
 * gradient of x0, both over the window. Of the change what neighbours share counts: single pixels of it carry noise of the measurement,
 * which deblurring amplifies everywhere alike.
 */
function edgesThatChange(x0: Tensor, residual: Tensor, { coarsen, sharedPower }: Smoothing): Tensor {
  const gradient2 = coarsen(squaredGradient(x0, "coupled")).div(x0.shape[1]!);
  return sharedPower(residual).mul(gradient2.sqrt());
}

export const stein = defineStage({
  kind: "uncertainty",
  summary: "posterior variance from the sampler's own noise by Stein's lemma: no network evaluation",
  options,
  requires: ["baseline.freshNoise"],
  create: steinEstimator,
});
