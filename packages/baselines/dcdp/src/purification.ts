import { levelAtIndex, type Level, type StepContext, type StepInput, type Tensor } from "@leader/core";

/**
 * A noised image cleaned by DDIM without fresh noise, with estimates clipped to [-1,1]: from the present index T through round(i (T-1) / (E-1)) + 1,
 * i = E-1 ... 0, to the clean level,
 *
 *   x0 = clip(D(x)),  e = (x - sqrt(a) x0) / sqrt(1-a),  x <- sqrt(a') x0 + sqrt(1-a') e
 *
 * @param evaluations E, of which the sampler has made the first.
 */
export function purified(ctx: StepContext, { x: start, from, prior }: StepInput, evaluations: number): Tensor {
  let x = start;
  let level: Level = from;
  let x0 = prior.x0.clip(-1, 1);
  for (let i = evaluations - 2; i >= 0; i--) {
    const index = from.index
      .sub(1)
      .mul(i / (evaluations - 1))
      .round()
      .add(1);
    const next = levelAtIndex(ctx.denoiser.schedule, index);
    const noise = x.sub(level.sqrtAlphaBar.mul(x0)).mul(next.sqrtOneMinusAlphaBar.div(level.sqrtOneMinusAlphaBar));
    x = next.sqrtAlphaBar.mul(x0).add(noise);
    x0 = ctx.denoiser.denoise(x, next).x0.clip(-1, 1);
    level = next;
  }
  return x0;
}
