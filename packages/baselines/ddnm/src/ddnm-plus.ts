import {
  freshNoiseIf,
  operatorPower,
  pureNoise,
  shapedNoise,
  spectralResidual,
  type LastEstimate,
  type SpectralForm,
  type StepContext,
  type Tensor,
  type UpdateRule,
} from "@leader/core";
import { ddnm, type DdnmOptions } from "./ddnm.js";
import { drawsNoise, etaWeights } from "./eta.js";
import { spectralWeights } from "./spectral-weights.js";
import { travel } from "./travel.js";

export interface DdnmPlusOptions extends DdnmOptions {
  /** Scales the predicted noise in the order of pixels instead of in the basis V, as the released code does. */
  readonly legacyNoNoiseRotation: boolean;
}

/**
 * DDNM+ by singular values (Wang, Yu, Zhang 2023, eqs 17-19 and appendix I), for measurements with noise sigma_y:
 *
 *   eq. 17   xh = x0 - V diag(lambda) V^T A^+ (A x0 - y)
 *   eq. 18   x_t' = sqrt(a') xh + V diag(d1) z + V diag(d2) V^T e
 *
 * with lambda, d1 and d2 of `spectralWeights`; where LEADer proposes the share of fresh noise, components in the range of A take it too. V^T A^+ = diag(1/s) U^T, so correction and noise share one multiplication
 * by V. At the clean end lambda = 0 in the range of A, and the result is x0 itself. For a noise-free
 * measurement the method is DDNM, and is run as such.
 * Deviations from the released code: the predicted noise is rotated by V^T (`legacyNoNoiseRotation` omits it; for a permutation
 * V, as in inpainting, nothing changes), and deblurring uses the same thresholded singular values everywhere.
 */
export function ddnmPlus(options: DdnmPlusOptions): UpdateRule<LastEstimate> {
  const { eta } = options;
  const noiseFree = ddnm(options);
  return {
    init: (ctx, { level }) => freshNoiseIf(drawsNoise(eta, ctx), pureNoise(ctx, level)),
    step(ctx, input, state) {
      if (ctx.noiseFree) return noiseFree.step(ctx, input, state);
      const { y, to, prior } = input;
      const svd = operatorPower(ctx.operator, "svd", "ddnm");
      const { lambda, d1, d2, inverse } = spectralWeights(
        svd.singularValues,
        ctx.sigmaY,
        input,
        etaWeights(eta, input),
        eta === undefined && ctx.proposesFreshShare,
      );
      const z = drawCoefficients(ctx, svd);
      const e = options.legacyNoNoiseRotation ? prior.epsilon.reshape(svd.shape) : svd.vt(prior.epsilon);
      const noise = z.mul(d1).add(e.mul(d2));
      const correction = spectralResidual(ctx.operator, svd, y, prior.x0).mul(to.sqrtAlphaBar.mul(lambda).mul(inverse));
      const x = to.sqrtAlphaBar.mul(prior.x0).add(svd.v(noise.add(correction)));
      return freshNoiseIf(drawsNoise(eta, ctx), { x, state: { x0: prior.x0 }, freshNoise: shapedNoise(svd, z, d1, noise, to) });
    },
    travel: (ctx, at, state) => travel(ctx, at, state, options),
  };
}

/** V is orthogonal, so noise drawn as coefficients is as good as rotated noise. */
const drawCoefficients = (ctx: StepContext, svd: SpectralForm): Tensor => ctx.noise("z", { shape: svd.shape, dtype: "float32" });
