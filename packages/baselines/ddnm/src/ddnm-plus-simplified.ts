import {
  freshNoiseIf,
  isotropicNoise,
  operatorPower,
  pureNoise,
  remainingSpread,
  type LastEstimate,
  type Level,
  type NoiseWeights,
  type Tensor,
  type UpdateRule,
} from "@leader/core";
import { ddnm, type DdnmOptions } from "./ddnm.js";
import { drawsNoise, etaWeights } from "./eta.js";
import { travel } from "./travel.js";

export interface DdnmPlusSimplifiedOptions extends DdnmOptions {
  /** The weights of the released `--simplified` path, which damp the noise twice, also without measurement noise. */
  readonly legacyNoiseDamping: boolean;
}

/** One step's scalars: the share of the correction and the two parts of the noise. */
interface ScalarWeights {
  readonly lambda: Tensor;
  readonly fresh: Tensor;
  readonly predicted: Tensor;
}

/** Keeps the untaken branch of a `where` finite in float32. */
const tiny = 1e-12;

/**
 * DDNM+ without singular values (Wang, Yu, Zhang 2023, section 3.3), which treats every singular value as 1:
 *
 *   eq. 17   xh = x0 - lambda A^+ (A x0 - y)
 *   eq. 18   x_t' = sqrt(a') xh + gamma z + sqrt(1-eta^2) sqrt(1-a') e
 *   eq. 19   lambda = 1 where sigma_t >= a_t sigma_y, else sigma_t / (a_t sigma_y);  gamma^2 = sigma_t^2 - (a_t lambda sigma_y)^2
 *
 * with a_t = sqrt(a'), the weight of xh, and sigma_t = eta sqrt(1-a'), the fresh noise, of the DDIM form in place of
 * those of the paper's DDPM form. So eta = 0 leaves no room for measurement noise and ignores the measurement.
 * For a noise-free measurement the method is DDNM, and is run as such.
 */
export function ddnmPlusSimplified(options: DdnmPlusSimplifiedOptions): UpdateRule<LastEstimate> {
  const { eta } = options;
  const noiseFree = ddnm(options);
  return {
    init: (ctx, { level }) => freshNoiseIf(drawsNoise(eta, ctx), pureNoise(ctx, level)),
    step(ctx, input, state) {
      if (ctx.noiseFree && !options.legacyNoiseDamping) return noiseFree.step(ctx, input, state);
      const { y, to, prior } = input;
      const { operator } = ctx;
      const split = etaWeights(eta, input);
      const weights = options.legacyNoiseDamping ? legacyWeights(to, ctx.sigmaY, split) : scalarWeights(to, ctx.sigmaY, split);
      const xHat = prior.x0.sub(operatorPower(operator, "pinv", "ddnm")(operator.apply(prior.x0).sub(y)).mul(weights.lambda));
      const z = ctx.noise("z", ctx.denoiser.image);
      const noise =
        split.fresh === 0 ? prior.epsilon.mul(weights.predicted) : z.mul(weights.fresh).add(prior.epsilon.mul(weights.predicted));
      const x = to.sqrtAlphaBar.mul(xHat).add(noise);
      const st = to.sqrtOneMinusAlphaBar.maximum(tiny);
      return freshNoiseIf(drawsNoise(eta, ctx), {
        x,
        state: { x0: prior.x0 },
        freshNoise: isotropicNoise(z, weights.fresh.div(st), noise.div(st)),
      });
    },
    travel: (ctx, at, state) => travel(ctx, at, state, options),
  };
}

/** Eq. 19 with sigma_t = eta sqrt(1-a') and a_t = sqrt(a'). */
function scalarWeights(to: Level, sigmaY: Tensor, { fresh, kept }: NoiseWeights): ScalarWeights {
  const st = to.sqrtOneMinusAlphaBar;
  const { lambda, gamma } = noiseBudget(st.mul(fresh), to.sqrtAlphaBar.mul(sigmaY));
  return { lambda, fresh: gamma, predicted: st.mul(kept) };
}

/** As released: alphaBar where its root belongs, and gamma on top of noise that already has the level's scale. */
function legacyWeights(to: Level, sigmaY: Tensor, { fresh, kept }: NoiseWeights): ScalarWeights {
  const st = to.sqrtOneMinusAlphaBar;
  // 1 - a'^2 = (1 - a')(1 + a').
  const { lambda, gamma } = noiseBudget(st.mul(to.alphaBar.add(1).sqrt()), to.alphaBar.mul(sigmaY));
  return { lambda, fresh: gamma.mul(st).mul(fresh), predicted: gamma.mul(st).mul(kept) };
}

/** lambda and gamma for a budget sigma_t of noise and measurement noise a_t sigma_y. */
function noiseBudget(sigmaT: Tensor, carried: Tensor): { readonly lambda: Tensor; readonly gamma: Tensor } {
  return {
    lambda: carried.lessOrEqual(sigmaT).where(1, sigmaT.div(carried.maximum(tiny))),
    gamma: remainingSpread(sigmaT, carried),
  };
}
