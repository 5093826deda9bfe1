import type { UpdateRule } from "@leader/core";
import { estimate } from "./estimate.js";
import { isotropicNoise, noiseAround, pureNoise, travelBack, type LastEstimate } from "./noise.js";

export interface DdpmOptions {
  /** `posterior`: (1-a') beta / (1-a), right for a known image; `upper`: beta, right for unit normal images. */
  readonly variance: "posterior" | "upper";
  /** Clip the estimate to [-1,1]. */
  readonly clip: boolean;
}

/**
 * DDPM: ancestral sampling (Ho, Jain, Abbeel 2020, Algorithm 2 and eqs 6-7), from any level a to any cleaner one a':
 *
 *   x' = sqrt(a') (1 - rho^2) x0 + rho^2 sqrt(a'/a) x + s z,   rho = sigma(a') / sigma(a),   sigma(a) = sqrt((1-a)/a)
 *   s^2 = (1-a') (1 - rho^2)  (`posterior`)   or   s^2 = beta = 1 - a/a' = (1-a) (1 - rho^2)  (`upper`)
 *
 * which are eqs 6-7 for beta = 1 - a/a'. Nothing is added at the clean level. The measurement is not read: unconditional.
 */
export function ddpm({ variance, clip }: DdpmOptions): UpdateRule<LastEstimate> {
  return {
    init: (ctx, { level }) => {
      const made = pureNoise(ctx, level);
      return { ...made, state: { x0: made.x } };
    },
    step(ctx, input) {
      const { x, from, to } = input;
      const { x0 } = estimate(input, clip);
      const rho = to.sigma.div(from.sigma);
      // (1 - rho)(1 + rho) with 1 - rho formed from the two levels.
      const removed = from.sigma.sub(to.sigma).div(from.sigma).mul(rho.add(1));
      const level = variance === "posterior" ? to.sqrtOneMinusAlphaBar : to.sigma.greater(0).where(from.sqrtOneMinusAlphaBar, 0);
      const spread = level.mul(removed.sqrt());
      const z = ctx.noise("z", ctx.denoiser.image);
      const mean = to.sqrtAlphaBar.mul(removed).mul(x0).add(rho.square().mul(to.sqrtAlphaBar.div(from.sqrtAlphaBar)).mul(x));
      const next = mean.add(spread.mul(z));
      const weight = spread.div(to.sqrtOneMinusAlphaBar.maximum(1e-6));
      return { x: next, state: { x0 }, freshNoise: isotropicNoise(z, weight, noiseAround(next, x0, to)) };
    },
    travel: travelBack,
  };
}
