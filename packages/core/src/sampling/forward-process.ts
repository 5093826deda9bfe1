import type { FreshNoise, StepContext } from "../contract/baseline.js";
import type { Level } from "../contract/denoiser.js";
import type { Tensor } from "../ir/tensor.js";

/**
 * Takes a state back to a noisier level by the forward process,
 * x_to = sqrt(ab_to / ab_from) x_from + sqrt(1 - ab_to / ab_from) z  (RePaint, Lugmayr et al. 2022, eq. 7 over several levels).
 * Offers no `FreshNoise`: the noise that x_from already holds is unknown here.
 */
export function forwardProcess(ctx: StepContext, x: Tensor, from: Level, to: Level): { readonly x: Tensor; readonly freshNoise?: FreshNoise } {
  const z = ctx.noise("travel", x);
  const ratio = to.sqrtAlphaBar.div(from.sqrtAlphaBar);
  // 1 - ab_to/ab_from, formed from 1 - ab of both levels so that nothing cancels near the clean end.
  const variance = to.sqrtOneMinusAlphaBar.square().sub(ratio.square().mul(from.sqrtOneMinusAlphaBar.square()));
  return { x: ratio.mul(x).add(variance.maximum(0).sqrt().mul(z)) };
}
