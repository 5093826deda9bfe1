import {
  countedSpectrum,
  drawBeside,
  drawsAfresh,
  freshNoiseIf,
  freshShare,
  gainOf,
  guidedBy,
  isotropicStateNoise,
  noiseWeights,
  pureNoise,
  travelBack,
  sharesOfPixels,
  type LastEstimate,
  type StepContext,
  type UpdateRule,
} from "@leader/core";
import { dataTerms, finalImage, guided, leastSquaresShare, type GuidanceOptions } from "./guidance.js";

export interface DdpgOptions extends GuidanceOptions {
  /** Share in [0,1] of the noise variance that a step draws afresh. Absent: what LEADer proposes, else `publishedZeta`. */
  readonly zeta?: number | undefined;
}

/** Among the published 0.4 to 1. */
const publishedZeta = 0.5;

/**
 * DDPG: denoising diffusion with iteratively preconditioned guidance (Garber and Tirer 2024). With xg of `guided`:
 *
 *   e = (x_t - sqrt(a) xg) / sqrt(1-a)
 *   x_t' = sqrt(a') xg + sqrt(1-a') (sqrt(zeta) z + sqrt(1-zeta) w e),   w = 1 without noise in the measurement, else (a')^gamma
 *
 * e is recomputed from xg, not the network's own prediction. With w near 0 early states carry less noise than their level: for noisy
 * measurements the method is not variance preserving, by design. Where zeta is LEADer's proposal, w = 1 there too, and z is what the measurement's noise
 * in xg leaves of the level's (`drawBeside`). Images in [-1,1].
 * The run returns xg for a noise-free measurement, and the last x0 for a noisy one.
 */
export function ddpg(options: DdpgOptions): UpdateRule<LastEstimate> {
  const { zeta } = options;
  const reports = (ctx: StepContext): boolean => drawsAfresh(zeta, ctx, publishedZeta);
  return {
    init: (ctx, { level }) => freshNoiseIf(reports(ctx), pureNoise(ctx, level)),
    step(ctx, input) {
      const { x: before, from, to } = input;
      const svd = countedSpectrum(zeta, ctx);
      const counted = svd === undefined ? undefined : gainOf(ctx, svd, input, dataTerms(ctx, input, options));
      const xg = counted === undefined ? guided(ctx, input, options) : guidedBy(ctx, counted, input.y, input.prior.x0);
      const st = to.sqrtOneMinusAlphaBar;
      const e = before.sub(from.sqrtAlphaBar.mul(xg)).div(from.sqrtOneMinusAlphaBar);
      const weights = noiseWeights(freshShare(zeta, sharesOfPixels(input), publishedZeta));
      const trusted = st.mul(weights.kept);
      const kept = e.mul(ctx.noiseFree || counted !== undefined ? trusted : trusted.mul(leastSquaresShare(to, options.gamma)));
      const spread = st.mul(weights.fresh);
      const { drawn, whitened } = drawBeside(ctx, spread, to, counted);
      const noise = reports(ctx) ? kept.add(drawn.mul(spread)) : kept;
      const x = finalImage(ctx, input, to.sqrtAlphaBar.mul(xg).add(noise), options.finalOutput);
      return freshNoiseIf(reports(ctx), { x, state: { x0: xg }, freshNoise: isotropicStateNoise(whitened, spread, noise, to) });
    },
    travel: (ctx, at, state) => freshNoiseIf(reports(ctx), travelBack(ctx, at, state)),
  };
}
