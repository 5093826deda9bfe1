import { guidedAncestral, type GuidedAncestralOptions, type Tensor, type UpdateRule } from "@leader/core";

/** DPS. */
export const dpsOptions = { scale: 0.05, mode: "corrected", clip: false, variance: "posterior" } as const satisfies GuidedAncestralOptions;
export const dpsRule = guidedAncestral(dpsOptions);

/** The length of a step of `loopRule`. */
export const pace = 0.3;
/** Its evaluations per step. */
export const looks = 3;

const moved = (x: Tensor, guidance: unknown): Tensor => x.sub((guidance as { readonly gradient: Tensor }).gradient.mul(pace));

/** Descends |A D(x) - y|^2 / 2 at every level, three evaluations long; travels by the host's default. */
export const loopRule: UpdateRule<Record<string, never>> = {
  init: (ctx) => ({ x: ctx.noise("init", ctx.denoiser.image), state: {} }),
  guide: (ctx, { x, y, prior }) => ({ gradient: ctx.pullback(prior.x0, x, ctx.operator.adjoint(ctx.operator.apply(prior.x0).sub(y))) }),
  inner: { most: looks, advance: (_ctx, { x, guidance }, state) => ({ x: moved(x, guidance), state }) },
  step: (_ctx, { x, to, guidance }, state) => ({ x: to.sqrtAlphaBar.mul(moved(x, guidance)), state }),
};

/** Takes its gradient by `ctx.grad`. */
export const gradientRule: UpdateRule<Record<string, never>> = {
  ...loopRule,
  guide: (ctx, { x, y, from }) => ({
    gradient: ctx.grad((at) => ctx.operator.apply(ctx.denoiser.denoise(at, from).x0).sub(y).square().sum().mul(0.5), x),
  }),
};
