import { limitedEstimate, pureNoise, type Level, type Tensor, type UpdateRule } from "@leader/core";
import { estimate } from "./estimate.js";

export interface EdmHeunOptions {
  /** Clip the estimates to [-1,1]. */
  readonly clip: boolean;
}

/**
 * EDM's deterministic sampler (Karras et al. 2022, Algorithm 1) on the rescaled state v = x / sqrt(a), whose noise is sigma:
 *
 *   d = (v - D(v; sigma)) / sigma;   v' = v + (sigma' - sigma) d
 *   d' = (v' - D(v'; sigma')) / sigma';   v' <- v + (sigma' - sigma) (d + d') / 2     unless sigma' = 0
 *
 * Two network evaluations per step, both counted. The graph is the same for every level, so the step to the clean level evaluates
 * too (at the level it comes from) and drops the result. The second evaluation is the network's own: a
 * modulator reaches the first only. Stochastic churn (their Algorithm 2) is time travel here. The measurement is not read.
 */
export function edmHeun({ clip }: EdmHeunOptions): UpdateRule<Record<string, never>> {
  return {
    init: (ctx, { level }) => ({ x: pureNoise(ctx, level).x, state: {} }),
    step(ctx, input, state) {
      const { x, from, to } = input;
      const noisy = to.sigma.greater(0);
      const at = levelWhere(noisy, to, from);
      const change = to.sigma.sub(from.sigma);
      const v = x.div(from.sqrtAlphaBar);
      const slope = v.sub(estimate(input, clip).x0).div(from.sigma);
      const euler = v.add(change.mul(slope));
      const prior = ctx.denoiser.denoise(euler.mul(at.sqrtAlphaBar), at);
      const next = euler.sub(limitedEstimate(prior, { clip })).div(at.sigma);
      const correction = noisy.where(change.mul(0.5), 0).mul(next.sub(slope));
      return { x: to.sqrtAlphaBar.mul(euler.add(correction)), state };
    },
  };
}

/** One level where the condition holds, another elsewhere. */
const levelWhere = (condition: Tensor, a: Level, b: Level): Level => ({
  index: condition.where(a.index, b.index),
  timestep: condition.where(a.timestep, b.timestep),
  alphaBar: condition.where(a.alphaBar, b.alphaBar),
  sqrtAlphaBar: condition.where(a.sqrtAlphaBar, b.sqrtAlphaBar),
  sqrtOneMinusAlphaBar: condition.where(a.sqrtOneMinusAlphaBar, b.sqrtOneMinusAlphaBar),
  sigma: condition.where(a.sigma, b.sigma),
});
