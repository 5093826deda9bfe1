import {
  ancestralStep,
  forwardProcess,
  pureNoise,
  travelBack,
  withNoise,
  type LastEstimate,
  type Tensor,
  type UpdateRule,
} from "@leader/core";

export const eta = 0.85;

/** DDNM with a constant share of fresh noise, the baseline that the released EquS wraps. */
export const nullSpaceRule: UpdateRule<{ readonly x0: Tensor }> = {
  init(ctx, { level }) {
    const z = ctx.noise("init", ctx.denoiser.image);
    return {
      x: z,
      state: { x0: z },
      freshNoise: { whitened: z.mul(level.sqrtOneMinusAlphaBar), total: z.div(level.sqrtOneMinusAlphaBar) },
    };
  },
  step(ctx, { y, to, prior }) {
    const { operator } = ctx;
    const corrected = prior.x0.sub(operator.pinv!(operator.apply(prior.x0).sub(y)));
    const z = ctx.noise("z", ctx.denoiser.image);
    const total = z.mul(eta).add(prior.epsilon.mul(Math.sqrt(1 - eta * eta)));
    return {
      x: to.sqrtAlphaBar.mul(corrected).add(to.sqrtOneMinusAlphaBar.mul(total)),
      state: { x0: prior.x0 },
      freshNoise: { whitened: z.div(eta), total },
    };
  },
  travel(ctx, { to }, state) {
    const z = ctx.noise("travel", ctx.denoiser.image);
    return { x: to.sqrtAlphaBar.mul(state.x0).add(to.sqrtOneMinusAlphaBar.mul(z)), state, freshNoise: { whitened: z, total: z } };
  },
};

/** Posterior sampling by a gradient through the network, deterministic; travels by the host's default. */
export const gradientRule: UpdateRule<Record<string, never>> = {
  init: (ctx) => ({ x: ctx.noise("init", ctx.denoiser.image), state: {} }),
  guide: (ctx, { x, y, from }) => ({
    gradient: ctx.grad((at) => ctx.operator.apply(ctx.denoiser.denoise(at, from).x0).sub(y).square().sum(), x),
  }),
  step(_ctx, { to, prior, guidance }, state) {
    const { gradient } = guidance as { readonly gradient: Tensor };
    return { x: to.sqrtAlphaBar.mul(prior.x0).add(to.sqrtOneMinusAlphaBar.mul(prior.epsilon)).sub(gradient.mul(0.3)), state };
  },
};

/** Evaluates again inside the step, uses the present state, and has the host's time travel. */
export const correctedRule: UpdateRule<Record<string, never>> = {
  init: (ctx) => ({ x: ctx.noise("init", ctx.denoiser.image), state: {} }),
  step(ctx, { x, y, from, to, prior }, state) {
    const again = ctx.denoiser.denoise(x.mul(0.9), from);
    const x0 = prior.x0.add(again.x0).mul(0.5);
    const corrected = x0.sub(ctx.operator.pinv!(ctx.operator.apply(x0).sub(y)));
    return { x: to.sqrtAlphaBar.mul(corrected).add(to.sqrtOneMinusAlphaBar.mul(prior.epsilon)), state };
  },
  travel: (ctx, { x, from, to }, state) => ({ ...forwardProcess(ctx, x, from, to), state }),
};

/** Ancestral sampling with the variance that the network learned, another one for every pixel. */
export const learnedRule: UpdateRule<LastEstimate> = {
  init: (ctx, { level }) => pureNoise(ctx, level),
  step: (ctx, input) =>
    withNoise(ancestralStep(input, input.prior.x0, "learned"), ctx.noise("z", ctx.denoiser.image), input.prior.x0, input.to),
  travel: travelBack,
};
