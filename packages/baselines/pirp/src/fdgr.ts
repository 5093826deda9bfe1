import { noiseRemoved, type LastEstimate, type UpdateRule } from "@leader/core";
import { frequencyGradient } from "./frequency-prior.js";
import { guidedRule, type GuidanceOptions } from "./guided-rule.js";
import { spatialGradient } from "./spatial-prior.js";

export interface FdgrOptions extends GuidanceOptions {
  /** `minus` (G-): derivatives by frequencies, for sharp pictures. `plus` (G+): pixel differences, for small errors. */
  readonly gradientPrior: "minus" | "plus";
  /** lambda, of which a negative value sharpens. Default -0.09 for `minus`, 1.3 for `plus`. */
  readonly strength?: number | undefined;
  /** Exponent of the potential. */
  readonly alpha: number;
  /** Scale of the potential. */
  readonly sigmaG: number;
  readonly stepMode: 0 | 1;
}

/** Of the released example (`plus`) and the released defaults (`minus`). */
const defaultStrength = { minus: -0.09, plus: 1.3 } as const;

/**
 * FDGR: DDPG with a prior on gradients, inside the bracket of the data step but not scaled by mu,
 *
 *   xg = x0 - [ mu (1-delta) g_BP + mu delta c g_LS + c_t lambda grad Phi(x0) ],   Phi = sum of 1 - exp( -|g|^alpha / (2 sigmaG^2) )
 *
 * with g pixel differences (`plus`) or derivatives by frequencies (`minus`). c_t is 1, except for `plus` in step mode 0, where it
 * is (1 - a/a') (1-a') / (1-a).
 */
export function fdgr(options: FdgrOptions): UpdateRule<LastEstimate> {
  const { gradientPrior, strength = defaultStrength[gradientPrior] } = options;
  return guidedRule(options, (x0, from, to) => {
    if (gradientPrior === "minus") return frequencyGradient(x0, options).mul(-strength);
    const gradient = spatialGradient(x0, options).mul(-strength);
    if (options.stepMode === 1) return gradient;
    // (1 - a/a') (1-a') / (1-a) = (1 - rho^2) (1-a') with rho = sigma(a') / sigma(a).
    return gradient.mul(noiseRemoved(from, to).mul(to.sqrtOneMinusAlphaBar.square()));
  });
}
