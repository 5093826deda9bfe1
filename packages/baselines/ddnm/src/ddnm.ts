import {
  freshNoiseIf,
  isotropicNoise,
  operatorPower,
  pureNoise,
  sharesOfPixels,
  type LastEstimate,
  type NoiseWeights,
  type Tensor,
  type UpdateRule,
} from "@leader/core";
import { drawsNoise, etaWeights } from "./eta.js";
import { travel, type TravelFrom } from "./travel.js";

export interface DdnmOptions {
  /**
   * Weight of the noise that every step draws afresh, in [0,1]. Not DDIM's eta: here it is the same at every level. Absent: what LEADer proposes,
   * else `publishedEta`.
   */
  readonly eta?: number | undefined;
  readonly travelFrom: TravelFrom;
}

/**
 * DDNM: zero-shot restoration with the denoising diffusion null-space model (Wang, Yu, Zhang 2023), Algorithm 1:
 *
 *   eq. 12   x0 = (x_t - sqrt(1-a) e) / sqrt(a), made by the denoiser
 *   eq. 13   xh = A^+ y + (I - A^+ A) x0, computed as x0 - A^+ (A x0 - y)
 *   eq. 14   x_t' = sqrt(a') xh + sqrt(1-a') (eta z + sqrt(1-eta^2) e)
 *
 * a and a' are alphaBar at the present and the next time, e is the network's own prediction, not one recomputed from
 * xh. At the clean end x = xh, so A x = y up to rounding whatever the prior says. Images in [-1,1].
 * Deviation from the paper: its eq. 14 is the ancestral DDPM step; like the released code this is the DDIM form with
 * a constant share of fresh noise.
 */
export function ddnm({ eta, travelFrom }: DdnmOptions): UpdateRule<LastEstimate> {
  return {
    init: (ctx, { level }) => freshNoiseIf(drawsNoise(eta, ctx), pureNoise(ctx, level)),
    step(ctx, input) {
      const { y, to, prior } = input;
      const { operator } = ctx;
      const xHat = prior.x0.sub(operatorPower(operator, "pinv", "ddnm")(operator.apply(prior.x0).sub(y)));
      const z = ctx.noise("z", ctx.denoiser.image);
      const weights = etaWeights(eta, sharesOfPixels(input));
      const n = etaSplit(weights, z, prior.epsilon);
      const x = to.sqrtAlphaBar.mul(xHat).add(to.sqrtOneMinusAlphaBar.mul(n));
      const fresh = typeof weights.fresh === "number" ? z.trace.scalar(weights.fresh, "float32") : weights.fresh;
      return freshNoiseIf(drawsNoise(eta, ctx), { x, state: { x0: prior.x0 }, freshNoise: isotropicNoise(z, fresh, n) });
    },
    travel: (ctx, at, state) => travel(ctx, at, state, { eta, travelFrom }),
  };
}

/** n = eta z + sqrt(1 - eta^2) e: `eta` of the noise is drawn afresh, the rest is the prediction. */
function etaSplit({ fresh, kept }: NoiseWeights, z: Tensor, epsilon: Tensor): Tensor {
  if (fresh === 0) return epsilon;
  return fresh === 1 ? z : z.mul(fresh).add(epsilon.mul(kept));
}
