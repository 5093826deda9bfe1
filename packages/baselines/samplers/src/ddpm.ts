import {
  ancestralStep,
  isotropicNoise,
  noiseAround,
  pureNoise,
  travelBack,
  type AncestralVariance,
  type LastEstimate,
  type UpdateRule,
} from "@leader/core";
import { estimate } from "./estimate.js";

export interface DdpmOptions {
  readonly variance: AncestralVariance;
  /** Clip the estimate to [-1,1]. */
  readonly clip: boolean;
}

/**
 * DDPM: ancestral sampling (Ho, Jain, Abbeel 2020, Algorithm 2 and eqs 6-7), from any level a to any cleaner one a':
 *
 *   x' = sqrt(a') (1 - rho^2) x0 + rho^2 sqrt(a'/a) x + s z,   rho = sigma(a') / sigma(a),   sigma(a) = sqrt((1-a)/a)
 *   s^2 = (1-a') (1 - rho^2)  (`posterior`)   or   s^2 = beta = 1 - a/a' = (1-a) (1 - rho^2)  (`upper`)
 *
 * which are eqs 6-7 for beta = 1 - a/a'; or between the two, where a network learned it (Nichol, Dhariwal 2021, eq. 15). Nothing is added at the clean level. The measurement is not read: unconditional.
 */
export function ddpm({ variance, clip }: DdpmOptions): UpdateRule<LastEstimate> {
  return {
    init: (ctx, { level }) => pureNoise(ctx, level),
    step(ctx, input) {
      const { to } = input;
      const { x0 } = estimate(input, clip);
      const { mean, spread } = ancestralStep(input, x0, variance);
      const z = ctx.noise("z", ctx.denoiser.image);
      const next = mean.add(spread.mul(z));
      const weight = spread.div(to.sqrtOneMinusAlphaBar.maximum(1e-6));
      return { x: next, state: { x0 }, freshNoise: isotropicNoise(z, weight, noiseAround(next, x0, to)) };
    },
    travel: travelBack,
  };
}
