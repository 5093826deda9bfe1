import type { FreshNoise, StepContext, StepOutput } from "../contract/baseline.js";
import type { Level } from "../contract/denoiser.js";
import type { Tensor } from "@leader/graph";
import { isotropicNoise, noiseAround, type LastEstimate } from "./fresh-noise.js";

/** The forward process from one level to a noisier one: x_to = ratio x_from + spread z. */
export interface Diffusion {
  /** sqrt(ab_to / ab_from), a scalar. */
  readonly ratio: Tensor;
  /** sqrt(1 - ab_to / ab_from), a scalar. */
  readonly spread: Tensor;
}

/** The weights of the forward process over any number of levels (RePaint, Lugmayr et al. 2022, eq. 7). */
export function diffusionBetween(from: Level, to: Level): Diffusion {
  const ratio = to.sqrtAlphaBar.div(from.sqrtAlphaBar);
  // 1 - ab_to/ab_from, formed from 1 - ab of both levels so that nothing cancels near the clean end.
  const variance = to.sqrtOneMinusAlphaBar.square().sub(ratio.square().mul(from.sqrtOneMinusAlphaBar.square()));
  return { ratio, spread: variance.maximum(0).sqrt() };
}

/**
 * Takes a state back to a noisier level by the forward process.
 * Offers no `FreshNoise`: the noise that x_from already holds is unknown here. `travelBack` does.
 */
export function forwardProcess(
  ctx: StepContext,
  x: Tensor,
  from: Level,
  to: Level,
): { readonly x: Tensor; readonly freshNoise?: FreshNoise } {
  const { ratio, spread } = diffusionBetween(from, to);
  return { x: ratio.mul(x).add(spread.mul(ctx.noise("travel", x))) };
}

/**
 * `forwardProcess` as the `travel` of a rule that keeps its last estimate, with the fresh noise that it adds. The noise that x_from already
 * held is unknown, but the state's distance from x0 is a value known before the draw.
 */
export function travelBack<S extends LastEstimate>(
  ctx: StepContext,
  at: { readonly x: Tensor; readonly from: Level; readonly to: Level },
  state: S,
): Required<StepOutput<S>> {
  const { from, to } = at;
  const z = ctx.noise("travel", at.x);
  const { ratio, spread } = diffusionBetween(from, to);
  const x = ratio.mul(at.x).add(spread.mul(z));
  return { x, state, freshNoise: isotropicNoise(z, spread.div(to.sqrtOneMinusAlphaBar), noiseAround(x, state.x0, to)) };
}
