import type { LastEstimate, UpdateRule } from "@leader/core";
import { finalImage, guided, type GuidanceOptions } from "./guidance.js";

/**
 * IDPG, iterative denoising and preconditioned guidance: the guidance of DDPG without noise injection (Garber and Tirer 2024), x_t' = sqrt(a') xg: a deterministic optimisation whose
 * network always sees a clean image at the scale of its level. Only the first state is random. It reports no fresh noise, and time
 * travel only changes the scale.
 */
export function idpg(options: GuidanceOptions): UpdateRule<LastEstimate> {
  return {
    init(ctx) {
      const z = ctx.noise("init", ctx.denoiser.image);
      return { x: z, state: { x0: z } };
    },
    step(ctx, input) {
      const xg = guided(ctx, input, options);
      return { x: finalImage(ctx, input, input.to.sqrtAlphaBar.mul(xg), options.finalOutput), state: { x0: xg } };
    },
    travel: (_ctx, { x, from, to }, state) => ({ x: x.mul(to.sqrtAlphaBar.div(from.sqrtAlphaBar)), state }),
  };
}
