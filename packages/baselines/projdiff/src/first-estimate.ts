import type { Level, StepContext, Tensor } from "@leader/core";

/** The clean image that a run starts from: the network's estimate from pure noise sqrt(1-a) z, at the cost of one evaluation. */
export function firstEstimate(ctx: StepContext, level: Level): Tensor {
  const z = ctx.noise("init", ctx.denoiser.image);
  return ctx.denoiser.denoise(z.mul(level.sqrtOneMinusAlphaBar), level).x0;
}
