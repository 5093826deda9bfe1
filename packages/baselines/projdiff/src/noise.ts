import type { FreshNoise, Level, SpectralForm, Tensor } from "@leader/core";

/** Keeps divisions finite where a level or a share has no noise. */
const smallest = 1e-6;
/** Fresh noise of less than a tenth of the level is not amplified further when it is whitened. */
const whiteningFloor = 0.1;

/** Noise of the same weight everywhere, x = sqrt(a) (something known) + noise, with `spread` z fresh in it. */
export function sharedNoise(z: Tensor, spread: Tensor, noise: Tensor, level: Level): FreshNoise {
  const st = level.sqrtOneMinusAlphaBar.maximum(smallest);
  return { whitened: z.mul(st.div(spread.maximum(smallest))), total: noise.div(st) };
}

/**
 * Fresh noise drawn as coefficients z and shaped to V diag(fresh) z: M = V diag(fresh / st) V^T on the unit normal V z.
 * @param noise the coefficients of the whole noise of the state.
 */
export function shapedNoise(svd: SpectralForm, z: Tensor, fresh: Tensor, noise: Tensor, level: Level): FreshNoise {
  const st = level.sqrtOneMinusAlphaBar.maximum(smallest);
  const c = fresh.div(st).expand(svd.shape);
  return { whitened: svd.v(z.mul(whiteningWeights(c))), total: svd.v(noise).div(st) };
}

/**
 * Weights w that undo a shaping c of fresh noise, bounded where c is small: w = 1 / max(c, floor), divided by mean(w c).
 * Components with c below the floor are seen faintly; the division assumes that on average they are as uncertain as the others.
 * If nearly all are unseen the weights explode, and with them the standard error of what is learnt.
 */
function whiteningWeights(c: Tensor): Tensor {
  const w = c.trace.scalar(1, "float32").div(c.maximum(whiteningFloor));
  return w.div(w.mul(c).mean().maximum(smallest));
}

/** sqrt(a^2 - b^2); the factors keep the digits that the difference of squares would lose where the two are close. */
export const rest = (a: Tensor, b: Tensor): Tensor => a.sub(b).mul(a.add(b)).maximum(0).sqrt();

/** Keeps the untaken branch of a `where` finite in float32. */
export const tiny = 1e-12;
