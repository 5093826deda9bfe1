import {
  ancestralStep,
  diffusionBetween,
  insertKnown,
  limitedEstimate,
  operatorPower,
  pureNoise,
  rangeProjection,
  type AncestralVariance,
  type KnownRange,
  type UpdateRule,
} from "@leader/core";

export interface RepaintOptions {
  readonly variance: AncestralVariance;
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
 * with s^2 = (1-a') (1 - rho^2) (`posterior`), (1-a) (1 - rho^2) (`upper`), or what the network learned between them, as released. m is A^+ A and m x_gt is A^+ y: for inpainting this
 * is the paper, and by the same rule any operator with a pseudo-inverse can be used. Noise in the measurement is not
 * modelled.
 *
 * Resampling (section 4.2) is time travel of the scheduler. A state that travels back takes its known part anew at the level it
 * reaches, as the released code does before every evaluation. Deviation from that code: the result is pasted (`pasteKnown: false` leaves it as sampled).
 */
export function repaint(options: RepaintOptions): UpdateRule<KnownRange> {
  return {
    init(ctx, { y, level }) {
      const known = operatorPower(ctx.operator, "pinv", "repaint")(y);
      // Not merged, as in the paper.
      const made = pureNoise(ctx, level);
      return { ...made, state: { x0: made.x, known } };
    },
    step(ctx, input, { known }) {
      const { to } = input;
      const x0 = limitedEstimate(input.prior, options);
      const unknown = ancestralStep(input, x0, options.variance);
      const z = ctx.noise("z", ctx.denoiser.image);
      const made = insertKnown(rangeProjection(ctx.operator, "repaint"), { ...unknown, z }, { x0, known }, to);
      return options.pasteKnown ? made : { ...made, x: to.sigma.greater(0).where(made.x, unknown.mean) };
    },
    travel(ctx, { x, from, to }, state) {
      const { ratio, spread } = diffusionBetween(from, to);
      const z = ctx.noise("travel", ctx.denoiser.image);
      return insertKnown(rangeProjection(ctx.operator, "repaint"), { mean: ratio.mul(x), spread, z }, state, to);
    },
  };
}
