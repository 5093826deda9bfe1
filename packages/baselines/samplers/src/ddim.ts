import { freshNoiseIf, isotropicNoise, noiseRemoved, pureNoise, travelBack, type LastEstimate, type UpdateRule } from "@leader/core";
import { estimate } from "./estimate.js";

export interface DdimOptions {
  /** 0: the deterministic sampler; 1: DDPM with the posterior variance. */
  readonly eta: number;
  /** Clip the estimate to [-1,1]. */
  readonly clip: boolean;
}

/**
 * DDIM (Song, Meng, Ermon 2021, eqs 12 and 16):
 *
 *   x' = sqrt(a') x0 + sqrt(1 - a' - s^2) e + s z,   s = eta sqrt((1-a')/(1-a)) sqrt(1 - a/a')
 *
 * With rho = sigma(a') / sigma(a) and sigma(a) = sqrt((1-a)/a) the two weights are sqrt(1-a') times eta sqrt(1 - rho^2) and
 * sqrt(1 - eta^2 + eta^2 rho^2): sums of positive terms. With eta = 0 no fresh noise is reported, since there is none.
 * The measurement is not read: unconditional.
 */
export function ddim({ eta, clip }: DdimOptions): UpdateRule<LastEstimate> {
  const reports = eta > 0;
  return {
    init: (ctx, { level }) => freshNoiseIf(reports, pureNoise(ctx, level)),
    step(ctx, input) {
      const { from, to } = input;
      const { x0, epsilon } = estimate(input, clip);
      const clean = to.sqrtAlphaBar.mul(x0);
      if (!reports) return { x: clean.add(to.sqrtOneMinusAlphaBar.mul(epsilon)), state: { x0 } };
      const rho = to.sigma.div(from.sigma);
      const fresh = noiseRemoved(from, to).sqrt().mul(eta);
      const kept = rho
        .mul(eta)
        .square()
        .add(1 - eta * eta)
        .sqrt();
      const z = ctx.noise("z", ctx.denoiser.image);
      const n = fresh.mul(z).add(kept.mul(epsilon));
      return { x: clean.add(to.sqrtOneMinusAlphaBar.mul(n)), state: { x0 }, freshNoise: isotropicNoise(z, fresh, n) };
    },
    travel: (ctx, at, state) => freshNoiseIf(reports, travelBack(ctx, at, state)),
  };
}
