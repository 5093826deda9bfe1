import type { FreshNoise, Level, StepContext, StepOutput, Tensor } from "@leader/core";

/** What the stochastic rules of this package keep between steps. */
export interface LastEstimate {
  /** The last posterior mean: what the noise of a state that travels back is measured from. */
  readonly x0: Tensor;
  readonly [key: string]: Tensor;
}

/** Noise weights below this count as "no fresh noise": they are never divided by. */
const smallestWeight = 1e-6;

/** Fresh noise of one weight everywhere: n = weight z + (known before z). */
export const isotropicNoise = (z: Tensor, weight: Tensor, total: Tensor): FreshNoise => ({ whitened: z.div(weight.maximum(smallestWeight)), total });

/** n of x = sqrt(ab) x0 + sqrt(1-ab) n for a given clean image. */
export const noiseAround = (x: Tensor, x0: Tensor, { sqrtAlphaBar, sqrtOneMinusAlphaBar }: Level): Tensor =>
  x.sub(sqrtAlphaBar.mul(x0)).div(sqrtOneMinusAlphaBar.maximum(smallestWeight));

/** Pure noise, x_T = z = sqrt(1-ab) n: the clean part is 0, so n = z / sqrt(1-ab). */
export function pureNoise(ctx: StepContext, level: Level): { readonly x: Tensor; readonly freshNoise: FreshNoise } {
  const z = ctx.noise("init", ctx.denoiser.image);
  const st = level.sqrtOneMinusAlphaBar;
  return { x: z, freshNoise: { whitened: z.mul(st), total: z.div(st.maximum(smallestWeight)) } };
}

/** The forward process back to a noisier level, x'' = sqrt(a''/a) x + sqrt(1 - a''/a) z, with the noise that it adds. */
export function travelBack(ctx: StepContext, at: { readonly x: Tensor; readonly from: Level; readonly to: Level }, state: LastEstimate): StepOutput<LastEstimate> {
  const { from, to } = at;
  const z = ctx.noise("travel", ctx.denoiser.image);
  const ratio = to.sqrtAlphaBar.div(from.sqrtAlphaBar);
  // 1 - a''/a, formed from 1 - a of both levels so that nothing cancels near the clean end.
  const spread = to.sqrtOneMinusAlphaBar.square().sub(ratio.mul(from.sqrtOneMinusAlphaBar).square()).maximum(0).sqrt();
  const x = ratio.mul(at.x).add(spread.mul(z));
  return { x, state, freshNoise: isotropicNoise(z, spread.div(to.sqrtOneMinusAlphaBar), noiseAround(x, state.x0, to)) };
}
