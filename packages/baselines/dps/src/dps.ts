import {
  ancestralStep,
  isotropicNoise,
  noiseAround,
  pullLength,
  pureNoise,
  residualPull,
  travelBack,
  type AncestralVariance,
  type LastEstimate,
  type Level,
  type ResidualPull,
  type Tensor,
  type UpdateRule,
} from "@leader/core";

/** `corrected`: independent of batch and grid. `faithful`: the released code. */
export type Mode = "corrected" | "faithful";

export interface DpsOptions {
  /** zeta, the length of a step along the gradient of |r| per trained level. */
  readonly scale: number;
  readonly mode: Mode;
  /** Clip the estimate to [-1,1], also where it is differentiated: saturated pixels then pull on nothing. */
  readonly clip: boolean;
  /** `posterior`: (1-a') beta / (1-a); `upper`: beta. */
  readonly variance: AncestralVariance;
}

/** What `guide` hands to `step`. */
export type Guidance = { readonly direction: Tensor; readonly residual: Tensor };

/** Noise weights below this are never divided by. */
const smallestWeight = 1e-6;

/**
 * DPS: diffusion posterior sampling (Chung et al. 2023, Algorithm 1). An ancestral step, then one along the gradient, through the
 * network, of how badly the estimate fits:
 *
 *   x0 = clip(D(x)),   r = y - A x0
 *   x' = mu(x0, x) + s z + zeta J^T A^T r / |r|
 *
 * The direction is -grad_x |r|, of the norm itself as in the released code; the paper's step zeta' grad |r|^2 with zeta' / |r| is twice as
 * long. Images in [-1,1]. The noise of the measurement is not used.
 *
 * `corrected` (default): |r| per image, zeta for every trained level that a step crosses, and never more than |r|, so that a scale
 * means the same on any grid. `faithful`: |r| over the whole batch and zeta per step, however long the step.
 * Deviation from the released code in both: the variance is not learned.
 */
export function dps(options: DpsOptions): UpdateRule<LastEstimate> {
  return {
    init: (ctx, { level }) => pureNoise(ctx, level),
    guide: (ctx, { x, y, prior }) => ({
      ...residualPull(ctx, { x, y, x0: limited(prior.x0, options) }, { jointNorm: options.mode === "faithful" }),
    }),
    step(ctx, { x, from, to, prior, guidance }) {
      const x0 = limited(prior.x0, options);
      const { mean, spread } = ancestralStep(x, x0, from, to, options.variance);
      const z = ctx.noise("z", ctx.denoiser.image);
      const next = mean.add(spread.mul(z)).add(pull(guidance as Guidance, from, to, options));
      const weight = spread.div(to.sqrtOneMinusAlphaBar.maximum(smallestWeight));
      return { x: next, state: { x0 }, freshNoise: isotropicNoise(z, weight, noiseAround(next, x0, to)) };
    },
    travel: travelBack,
  };
}

/** The estimate that is fitted to the measurement. */
export const limited = (x0: Tensor, { clip }: Pick<DpsOptions, "clip">): Tensor => (clip ? x0.clip(-1, 1) : x0);

/** The step along the gradient. */
export function pull({ direction, residual }: ResidualPull, from: Level, to: Level, { mode, scale }: Pick<DpsOptions, "mode" | "scale">) {
  return direction.mul(mode === "faithful" ? scale : pullLength(scale, residual, { from, to }));
}
