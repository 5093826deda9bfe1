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

export interface CddbOptions {
  /** `faithful`: the gradient of ||A x - y||^2, twice that of the corrected one. */
  readonly mode: "corrected" | "faithful";
  /** Step along the data gradient. */
  readonly stepSize: number;
  /** Limits the estimate to [-1,1] before the data step, as released. */
  readonly clip: boolean;
  readonly variance: AncestralVariance;
}

/**
 * The guidance of CDDB (Chung, Kim, Ye 2023, Algorithm 2) in the ancestral sampler of a DDPM. The bridge's step from noise s to s',
 *
 *   x' = (d^2/s^2) x0 + (s'^2/s^2) x + sqrt(s'^2 d^2/s^2) z,   d^2 = s^2 - s'^2,
 *
 * is DDPM's posterior on the rescaled state x / sqrt(a) with s = sigma, and the guidance x' -= (d^2/s^2) step grad ||A x0 - y||^2 is that step with
 *
 *   xh = x0 - c step A^T (A x0 - y)
 *
 * for x0, c = 1, or 2 if faithful. No derivative of the network. With c step ||A||^2 = 1 one step solves an operator with equal singular values; from 2
 * on it diverges. Images in [-1,1].
 * What needs the trained bridge is not here: its start from the degraded image, its schedule, and with them its published quality. CDDB-deep, which
 * differentiates the network, is not here either: with a DDPM it is DPS with another weight.
 */
export function cddb(options: CddbOptions): UpdateRule<LastEstimate> {
  const factor = options.stepSize * (options.mode === "faithful" ? 2 : 1);
  return {
    init: (ctx, { level }) => pureNoise(ctx, level),
    step(ctx, input) {
      const { y, to } = input;
      const x0 = limitedEstimate(input.prior, options);
      const xHat = x0.sub(ctx.operator.adjoint(ctx.operator.apply(x0).sub(y)).mul(factor));
      return withNoise(ancestralStep(input, xHat, options.variance), ctx.noise("z", ctx.denoiser.image), xHat, to);
    },
    travel: travelBack,
  };
}
