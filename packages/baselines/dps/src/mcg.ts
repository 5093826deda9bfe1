import {
  diffusionBetween,
  estimatePull,
  type GuidedInput,
  type GuidedPull,
  insertKnown,
  type KnownRange,
  limitedEstimate,
  operatorPower,
  pulledStep,
  pureNoise,
  rangeProjection,
  type UpdateRule,
} from "@leader/core";
import type { DpsOptions } from "./dps.js";

/**
 * MCG: manifold constrained gradient (Chung et al. 2022, Algorithm 1). The step of DPS, confined to what the measurement leaves open, and a
 * projection onto the measurement noised to the level of the state. With P = A^+ A:
 *
 *   x'' = mu(x0, x) + s z + zeta J^T A^T r / |r|
 *   x'  = (I - P) x'' + sqrt(a') A^+ y + sqrt(1-a') P z
 *
 * For inpainting, where P is the mask, this is the released code; any operator with a pseudo-inverse has the same rule. It fits a
 * measurement exactly, noise and all. `faithful` inserts the measurement at the level that the step comes from, one too noisy, so
 * that noise of 0.01 is left in the result; the rest of `faithful` is that of DPS.
 */
export function mcg(options: DpsOptions): UpdateRule<KnownRange> {
  const faithful = options.mode === "faithful";
  return {
    init(ctx, { y, level }) {
      const made = pureNoise(ctx, level);
      return { ...made, state: { x0: made.x, known: operatorPower(ctx.operator, "pinv", "mcg")(y) } };
    },
    guide: (ctx, at) => ({ ...estimatePull(ctx, at, options) }),
    step(ctx, input: GuidedInput<GuidedPull>, { known }) {
      const open = { ...pulledStep(ctx, input, options), z: ctx.noise("z", ctx.denoiser.image) };
      const state = { x0: limitedEstimate(input.prior, options), known };
      return insertKnown(rangeProjection(ctx.operator, "mcg"), open, state, input.to, faithful ? input.from : input.to);
    },
    travel(ctx, { x, from, to }, state) {
      const { ratio, spread } = diffusionBetween(from, to);
      const z = ctx.noise("travel", ctx.denoiser.image);
      return insertKnown(rangeProjection(ctx.operator, "mcg"), { mean: ratio.mul(x), spread, z }, state, to);
    },
  };
}
