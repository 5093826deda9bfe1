import { type GuidedInput, type UpdateRule } from "../contract/baseline.js";
import type { Tensor } from "@leader/graph";

const eta = 0.85;

/** DDNM with a constant share of fresh noise, which it reports; keeps its last estimate and travels by it. Needs `operator.pinv`. */
const nullSpace: UpdateRule<{ readonly x0: Tensor }> = {
  init(ctx, { level }) {
    const z = ctx.noise("init", ctx.denoiser.image);
    const weight = level.sqrtOneMinusAlphaBar;
    return { x: z, state: { x0: z }, freshNoise: { whitened: z.mul(weight), total: z.div(weight) } };
  },
  step(ctx, { y, to, prior }) {
    const { operator } = ctx;
    const x0 = prior.x0.sub(operator.pinv!(operator.apply(prior.x0).sub(y)));
    const z = ctx.noise("z", ctx.denoiser.image);
    const total = z.mul(eta).add(prior.epsilon.mul(Math.sqrt(1 - eta * eta)));
    const x = to.sqrtAlphaBar.mul(x0).add(to.sqrtOneMinusAlphaBar.mul(total));
    return { x, state: { x0: prior.x0 }, freshNoise: { whitened: z.div(eta), total } };
  },
  travel(ctx, { to }, state) {
    const z = ctx.noise("travel", ctx.denoiser.image);
    const x = to.sqrtAlphaBar.mul(state.x0).add(to.sqrtOneMinusAlphaBar.mul(z));
    return { x, state, freshNoise: { whitened: z, total: z } };
  },
};

/** A deterministic rule that takes a gradient through the network and travels by the host's default. Needs `denoiser.differentiable`. */
const guided: UpdateRule<Record<string, never>> = {
  init: (ctx) => ({ x: ctx.noise("init", ctx.denoiser.image), state: {} }),
  guide: (ctx, { x, y, prior }) => ({
    gradient: ctx.pullback(prior.x0, x, ctx.operator.adjoint(ctx.operator.apply(prior.x0).sub(y))),
  }),
  step(_ctx, { to, prior, guidance: { gradient } }: GuidedInput<{ readonly gradient: Tensor }>, state) {
    return { x: to.sqrtAlphaBar.mul(prior.x0).add(to.sqrtOneMinusAlphaBar.mul(prior.epsilon)).sub(gradient.mul(0.3)), state };
  },
};

/** Plain rules that differ in everything that a wrapper, an estimator or a modulator can meet. */
export const referenceRules = { "null-space": nullSpace, guided } as const;

export type ReferenceRule = keyof typeof referenceRules;
