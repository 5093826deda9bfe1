import type { FreshNoise, Level, SpectralForm, StepContext, StepOutput, Tensor } from "@leader/core";

/** What the rule keeps between steps. */
export interface LastEstimate {
  /** The last posterior mean: what time travel measures its noise from. */
  readonly x0: Tensor;
  readonly [key: string]: Tensor;
}

/** Keeps a division finite where the level has no noise. */
const smallest = 1e-6;
/** Fresh noise of less than a tenth of the level is not amplified further when it is whitened. */
const whiteningFloor = 0.1;

/**
 * Fresh noise drawn as coefficients z and shaped to V diag(fresh) z: M = V diag(fresh / st) V^T on the unit normal V z.
 * @param noise the coefficients of the whole noise of the state.
 */
export function shapedNoise(svd: SpectralForm, z: Tensor, fresh: Tensor, noise: Tensor, level: Level): FreshNoise {
  const st = level.sqrtOneMinusAlphaBar.maximum(smallest);
  const c = fresh.div(st).expand(svd.shape);
  return { whitened: svd.v(z.mul(whiteningWeights(c, whiteningFloor))), total: svd.v(noise).div(st) };
}

/**
 * Weights w that undo a shaping c of fresh noise, bounded where c is small: w = 1 / max(c, floor), divided by mean(w c).
 * Components with c below the floor are seen faintly; the division assumes that on average they are as uncertain as the others.
 * If nearly all are unseen the weights explode, and with them the standard error of what is learnt.
 */
export function whiteningWeights(c: Tensor, floor: number): Tensor {
  const w = c.trace.scalar(1, "float32").div(c.maximum(floor));
  return w.div(w.mul(c).mean().maximum(smallest));
}

/** Back to a noisier level by the forward process x_t'' = sqrt(a''/a) x_t + sqrt(1 - a''/a) z, with its fresh noise unless there is none to report. */
export function travel(
  ctx: StepContext,
  { x: before, from, to }: { readonly x: Tensor; readonly from: Level; readonly to: Level },
  state: LastEstimate,
  reports: boolean,
): StepOutput<LastEstimate> {
  const z = ctx.noise("travel", before);
  const ratio = to.sqrtAlphaBar.div(from.sqrtAlphaBar);
  const st = to.sqrtOneMinusAlphaBar;
  // 1 - a''/a, formed from 1 - a of both levels so that nothing cancels near the clean end.
  const spread = st.square().sub(ratio.square().mul(from.sqrtOneMinusAlphaBar.square())).maximum(0).sqrt();
  const x = ratio.mul(before).add(spread.mul(z));
  if (!reports) return { x, state };
  // The noise that x_t already held is unknown, but the state's distance from x0 is a value known before z.
  const total = x.sub(to.sqrtAlphaBar.mul(state.x0)).div(st);
  return { x, state, freshNoise: { whitened: z.mul(st.div(spread.maximum(smallest))), total } };
}
