import type { FreshNoise, Level, StepContext, StepOutput, Tensor } from "@leader/core";

/** What the rules of this package keep between steps. */
export interface LastEstimate {
  /** The last guided image: what time travel measures its noise from. */
  readonly x0: Tensor;
  readonly [key: string]: Tensor;
}

/** Keeps divisions finite where a level or a share has no noise. */
const smallest = 1e-6;

/** Noise of the same weight everywhere, x = sqrt(a) (something known) + noise, with `spread` z fresh in it. */
export function sharedNoise(z: Tensor, spread: Tensor, noise: Tensor, level: Level): FreshNoise {
  const st = level.sqrtOneMinusAlphaBar.maximum(smallest);
  return { whitened: z.mul(st.div(spread.maximum(smallest))), total: noise.div(st) };
}

/** Back to a noisier level by the forward process x_t'' = sqrt(a''/a) x_t + sqrt(1 - a''/a) z. */
export function travel(
  ctx: StepContext,
  { x: before, from, to }: { readonly x: Tensor; readonly from: Level; readonly to: Level },
  state: LastEstimate,
): Required<StepOutput<LastEstimate>> {
  const z = ctx.noise("travel", before);
  const ratio = to.sqrtAlphaBar.div(from.sqrtAlphaBar);
  // 1 - a''/a, formed from 1 - a of both levels so that nothing cancels near the clean end.
  const spread = to.sqrtOneMinusAlphaBar.square().sub(ratio.square().mul(from.sqrtOneMinusAlphaBar.square())).maximum(0).sqrt();
  const x = ratio.mul(before).add(spread.mul(z));
  // The noise that x_t already held is unknown, but the state's distance from the last estimate is a value known before z.
  return { x, state, freshNoise: sharedNoise(z, spread, x.sub(to.sqrtAlphaBar.mul(state.x0)), to) };
}
