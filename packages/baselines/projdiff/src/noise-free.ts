import {
  isotropicStateNoise,
  operatorPower,
  type LastEstimate,
  type Level,
  type LinearOperator,
  type StepContext,
  type StepOutput,
  type Tensor,
  type UpdateRule,
} from "@leader/core";
import { firstEstimate } from "./first-estimate.js";
import type { ProjdiffOptions } from "./options.js";

/**
 * ProjDiff for a noise-free measurement (Zhang, Zhuang, Jin, Li, Gu 2024): with fresh noise in every state,
 *
 *   x_t = sqrt(a) x0 + sqrt(1-a) z,   x0 <- P(x0 + stepSize (D(x_t) - x0)),   P(x) = x + A^+ (y - A x)
 *
 * The optimisation repeats at one level what time travel by one level repeats. The released code's momentum, always 0, is left out.
 */
export function noiseFree({ stepSize }: ProjdiffOptions): UpdateRule<LastEstimate> {
  return {
    init(ctx, { level }) {
      return noisy(ctx, firstEstimate(ctx, level), level, "z");
    },
    step(ctx, { y, to, prior }, { x0 }) {
      const moved = x0.add(prior.x0.sub(x0).mul(stepSize));
      return noisy(ctx, projected(ctx.operator, moved, y), to, "z");
    },
    travel: (ctx, { to }, { x0 }) => noisy(ctx, x0, to, "travel"),
  };
}

const projected = (operator: LinearOperator, x: Tensor, y: Tensor): Tensor =>
  x.add(operatorPower(operator, "pinv", "projdiff")(y.sub(operator.apply(x))));

function noisy(ctx: StepContext, x0: Tensor, level: Level, name: string): StepOutput<LastEstimate> {
  const z = ctx.noise(name, ctx.denoiser.image);
  const st = level.sqrtOneMinusAlphaBar;
  const noise = st.mul(z);
  return { x: level.sqrtAlphaBar.mul(x0).add(noise), state: { x0 }, freshNoise: isotropicStateNoise(z, st, noise, level) };
}
