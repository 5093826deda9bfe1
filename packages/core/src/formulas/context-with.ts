import type { StepContext } from "../contract/baseline.js";

/** The context that a wrapper gives to what it wraps: its own, with some members replaced. */
export const contextWith = (ctx: StepContext, changes: Partial<StepContext>): StepContext => ({
  operator: ctx.operator,
  denoiser: ctx.denoiser,
  sigmaY: ctx.sigmaY,
  noiseFree: ctx.noiseFree,
  proposesFreshShare: ctx.proposesFreshShare,
  rearranged: ctx.rearranged,
  noise: (name, like) => ctx.noise(name, like),
  signs: (name, like) => ctx.signs(name, like),
  observe: (name, scalar) => ctx.observe(name, scalar),
  grad: (f, x) => ctx.grad(f, x),
  pullback: (output, input, cotangent) => ctx.pullback(output, input, cotangent),
  ...changes,
});
