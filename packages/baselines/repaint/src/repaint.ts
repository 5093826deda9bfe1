import type { Level, Tensor, UpdateRule } from "@leader/core";
import { merge, pseudoInverse, pureNoise, type RepaintState, type Unknown } from "./merge.js";

export interface RepaintOptions {
  /** `posterior`: (1-a') beta / (1-a), right for a known image; `upper`: beta, right for unit normal images. */
  readonly variance: "posterior" | "upper";
  /** Clip the estimate to [-1,1]. */
  readonly clip: boolean;
  /** Take the known part of the result from the measurement; the released code leaves the sample as it is. */
  readonly pasteKnown: boolean;
}

/**
 * RePaint (Lugmayr et al. 2022, Algorithm 1): every state takes its known part from the measurement, noised to its level, and its
 * unknown part from an ancestral step,
 *
 *   eq. 8a   x_known'   = sqrt(a') x_gt + sqrt(1-a') z
 *   eq. 8b   x_unknown' = sqrt(a') (1 - rho^2) x0 + rho^2 sqrt(a'/a) x + s z,   rho = sigma(a') / sigma(a)
 *   eq. 8c   x'         = m x_known' + (1-m) x_unknown'
 *
 * with s^2 = (1-a') (1 - rho^2) (`posterior`) or (1-a) (1 - rho^2) (`upper`). m is A^+ A and m x_gt is A^+ y: for inpainting this
 * is the paper, and by the same rule any operator with a pseudo-inverse can be used. Noise in the measurement is not
 * modelled.
 *
 * Resampling (section 4.2) is time travel of the scheduler. A state that travels back takes its known part anew at the level it
 * reaches, as the released code does before every evaluation. Deviations from that code: the variance is not learned, and
 * the result is pasted (`pasteKnown: false` leaves it as sampled).
 */
export function repaint(options: RepaintOptions): UpdateRule<RepaintState> {
  return {
    init: (ctx, { y, level }) => pureNoise(ctx.noise("init", ctx.denoiser.image), pseudoInverse(ctx.operator)(y), level),
    step(ctx, { x, from, to, prior }, { known }) {
      const x0 = options.clip ? prior.x0.clip(-1, 1) : prior.x0;
      const unknown = ancestral(x, x0, from, to, options.variance);
      const made = merge(ctx, ctx.noise("z", ctx.denoiser.image), unknown, { x0, known }, to);
      return options.pasteKnown ? made : { ...made, x: to.sigma.greater(0).where(made.x, unknown.mean) };
    },
    travel(ctx, { x, from, to }, state) {
      const ratio = to.sqrtAlphaBar.div(from.sqrtAlphaBar);
      // 1 - a''/a, formed from 1 - a of both levels so that nothing cancels near the clean end.
      const spread = to.sqrtOneMinusAlphaBar.square().sub(ratio.mul(from.sqrtOneMinusAlphaBar).square()).maximum(0).sqrt();
      return merge(ctx, ctx.noise("travel", ctx.denoiser.image), { mean: ratio.mul(x), spread }, state, to);
    },
  };
}

/** The DDPM posterior between any two levels (Ho et al. 2020, eqs 6-7 with beta = 1 - a/a'). No noise at the clean level. */
function ancestral(x: Tensor, x0: Tensor, from: Level, to: Level, variance: RepaintOptions["variance"]): Unknown {
  const rho = to.sigma.div(from.sigma);
  // 1 - rho^2 as (1 - rho)(1 + rho), with 1 - rho formed from the two levels.
  const removed = from.sigma.sub(to.sigma).div(from.sigma).mul(rho.add(1));
  const level = variance === "posterior" ? to.sqrtOneMinusAlphaBar : to.sigma.greater(0).where(from.sqrtOneMinusAlphaBar, 0);
  const mean = to.sqrtAlphaBar.mul(removed).mul(x0).add(rho.square().mul(to.sqrtAlphaBar.div(from.sqrtAlphaBar)).mul(x));
  return { mean, spread: level.mul(removed.sqrt()) };
}
