import { freshNoiseIf, isotropicNoise, pureNoise, travelBack, type LastEstimate, type UpdateRule } from "@leader/core";
import { z } from "zod";

export const options = z.strictObject({
  eta: z.number().min(0).max(1).default(0.85).describe("weight of the noise that each step draws afresh"),
});

/**
 * Null-space restoration (DDNM, Wang, Yu, Zhang 2023): x0 <- x0 - A^+ (A x0 - y) fits the measurement and leaves the null space to
 * the prior; then DDIM's step with a constant weight eta of fresh noise. Images in [-1,1].
 */
export const leaderStageNameRule = ({ eta }: z.output<typeof options>): UpdateRule<LastEstimate> => ({
  init: (ctx, { level }) => freshNoiseIf(eta > 0, pureNoise(ctx, level)),
  step(ctx, { y, to, prior }) {
    const { apply, pinv } = ctx.operator;
    const x0 = prior.x0.sub(pinv!(apply(prior.x0).sub(y)));
    const z = ctx.noise("z", x0);
    const n = z.mul(eta).add(prior.epsilon.mul(Math.sqrt(1 - eta ** 2)));
    const x = x0.mul(to.sqrtAlphaBar).add(n.mul(to.sqrtOneMinusAlphaBar));
    // What is reported here lets LEADer estimate the uncertainty without another network evaluation.
    return freshNoiseIf(eta > 0, { x, state: { x0: prior.x0 }, freshNoise: isotropicNoise(z, z.trace.scalar(eta, "float32"), n) });
  },
  travel: (ctx, at, state) => freshNoiseIf(eta > 0, travelBack(ctx, at, state)),
});
