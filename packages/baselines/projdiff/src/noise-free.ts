import {
  freshNoiseIf,
  isotropicStateNoise,
  operatorPower,
  type LastEstimate,
  type Level,
  type LinearOperator,
  type StepContext,
  type StepInput,
  type StepOutput,
  type Tensor,
  type UpdateRule,
} from "@leader/core";
import { firstEstimate } from "./first-estimate.js";
import { drawsNoise, etaWeights, followsProposal, type ProjdiffOptions } from "./options.js";

/**
 * ProjDiff for a noise-free measurement (Zhang, Zhuang, Jin, Li, Gu 2024): with fresh noise in every state,
 *
 *   x_t = sqrt(a) x0 + sqrt(1-a) z,   x0 <- P(x0 + stepSize (D(x_t) - x0)),   P(x) = x + A^+ (y - A x)
 *
 * Where LEADer proposes a share of fresh noise, the rest of the noise is what the network predicts, sqrt(share) z + sqrt(1-share) e in place of z.
 * The optimisation repeats at one level what time travel by one level repeats. The released code's momentum, always 0, is left out.
 */
export function noiseFree(options: ProjdiffOptions): UpdateRule<LastEstimate> {
  const { stepSize } = options;
  return {
    init(ctx, { level }) {
      return noisy(ctx, firstEstimate(ctx, level), level, "z");
    },
    step(ctx, input, { x0 }) {
      const { y, to, prior } = input;
      const image = projected(ctx.operator, x0.add(prior.x0.sub(x0).mul(stepSize)), y);
      return followsProposal(options, ctx) ? partlyFresh(ctx, input, image, options) : noisy(ctx, image, to, "z");
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

function partlyFresh(ctx: StepContext, input: StepInput, x0: Tensor, options: ProjdiffOptions): StepOutput<LastEstimate> {
  const { to: level, prior } = input;
  const { fresh, kept } = etaWeights(options, input);
  const z = ctx.noise("z", ctx.denoiser.image);
  const spread = level.sqrtOneMinusAlphaBar.mul(fresh);
  const noise = spread.mul(z).add(level.sqrtOneMinusAlphaBar.mul(kept).mul(prior.epsilon));
  const x = level.sqrtAlphaBar.mul(x0).add(noise);
  return freshNoiseIf(drawsNoise(options, ctx), { x, state: { x0 }, freshNoise: isotropicStateNoise(z, spread, noise, level) });
}
