import {
  ancestralStep,
  limitedEstimate,
  pureNoise,
  travelBack,
  withNoise,
  type AncestralVariance,
  type LastEstimate,
  type UpdateRule,
} from "@leader/core";
import { jacobian, type HaarPrior } from "./haar-jacobian.js";

export interface ZapsOptions extends HaarPrior {
  /** zeta, the weight of the likelihood; learned by the authors for every level. */
  readonly scale: number;
  /** Limits the estimate to [-1,1] before it is fitted. */
  readonly clip: boolean;
  readonly variance: AncestralVariance;
}

/**
 * What is known of ZAPS: zero-shot approximate posterior sampling (Alçalar, Akçakaya 2024). An ancestral step, then one along the likelihood's gradient, with the
 * derivative of the network replaced by one that is diagonal in an orthogonal wavelet transform W, so that nothing is taken through the network:
 *
 *   x' = mu(x0, x) + s z + zeta J^T A^T (y - A x0)
 *   J  = (I + (1-a) W^T diag(d) W) / sqrt(a),   d in place of the Hessian of log p(x)
 *
 * for a small number of steps, dense at low noise (`leader#square-root`). Images in [-1,1].
 *
 * Not here, since neither code nor figures are published: that zeta and d of every level are learned for the picture at hand, by a loss in the space of the
 * measurement over a number of epochs, and with what steps, rates and wavelet. In its place zeta is an option and d the Hessian of a Gaussian prior whose Haar
 * coefficients have the spread of natural images (`jacobian`). Both are guesses; quality as published is not to be expected.
 */
export function zaps(options: ZapsOptions): UpdateRule<LastEstimate> {
  return {
    init: (ctx, { level }) => pureNoise(ctx, level),
    step(ctx, input) {
      const { y, from, to } = input;
      const x0 = limitedEstimate(input.prior, options);
      const { mean, spread } = ancestralStep(input, x0, options.variance);
      const misfit = ctx.operator.adjoint(y.sub(ctx.operator.apply(x0)));
      const pulled = mean.add(jacobian(misfit, from, options).mul(options.scale));
      return withNoise({ mean: pulled, spread }, ctx.noise("z", ctx.denoiser.image), x0, to);
    },
    travel: travelBack,
  };
}
