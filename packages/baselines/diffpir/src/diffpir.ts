import {
  constantOf,
  countedSpectrum,
  drawBeside,
  drawsAfresh,
  freshNoiseIf,
  freshShare,
  isotropicStateNoise,
  limitedEstimate,
  travelBack,
  sharesOfPixels,
  type LastEstimate,
  type Level,
  type StepContext,
  type Tensor,
  type UpdateRule,
  type Weight,
} from "@leader/core";
import type { DataStep } from "./data-step.js";
import { firstState, type Start } from "./start.js";

export interface DiffpirOptions {
  /** Weight of the prior; rho = lambda sigma_n^2 / sigma_t^2 with sigma_n for [0,1] images and sigma_t for [-1,1] images, as published. */
  readonly lambda: number;
  /** Share in [0,1] of the noise variance that a step draws afresh. Absent: what LEADer proposes, else `usualZeta`. */
  readonly zeta?: number | undefined;
  /** DDIM's eta in [0,1], for the rest of the noise. */
  readonly eta: number;
  /** In [0,1]: 0 ignores the data step, 1 takes it whole. */
  readonly guidance: number;
  /** Least sigma_n, for [0,1] images. */
  readonly smallestNoise: number;
  /** Limits the estimate to [-1,1] before the data step. */
  readonly clip: boolean;
  readonly start: Start;
  /** Ends with the state at the least noisy trained level instead of an estimate made from it. */
  readonly wasteLast: boolean;
}

/** Published for deblurring. */
const usualZeta = 0.3;

/**
 * DiffPIR: plug-and-play restoration by half-quadratic splitting (Zhu et al. 2023). With a and a' alphaBar at the present and the
 * next time:
 *
 *   rho = lambda sigma_n^2 / sigma_t^2,  sigma_n = max(smallestNoise, sigma_y / 2)
 *   x0 = clip(D(x_t)),  xh = x0 + guidance (dataStep(x0, y, rho) - x0)
 *   e = (x_t - sqrt(a) xh) / sqrt(1-a)
 *   x_t' = sqrt(a') xh + sqrt(1-zeta) (sqrt(1 - a' - w^2) e + w z1) + sqrt(zeta) sqrt(1-a') z2,  w = eta sqrt((1-a')/(1-a)) sqrt(1 - a/a')
 *
 * z1 and z2 are drawn as one noise of their joint variance, of which what the data step brings of the measurement's is a part where zeta is
 * LEADer's proposal (`drawBeside`). sigma_y / 2 is the noise on [0,1] images. Images in [-1,1].
 * Deviations from the released code: w has 1 - a/a' where that has the beta of a single trained step, so that skips keep their variance
 * (eta is 0 in all published runs); its inner repetitions are time travel here (`leader#time-travel`); the pasting of known pixels, which has no
 * effect there, is left out. Its grid of timesteps is `squareRootSteps` (option `quad`).
 */
export function diffpir(options: DiffpirOptions, dataStep: DataStep): UpdateRule<LastEstimate> {
  const { eta, zeta } = options;
  const reports = (ctx: StepContext): boolean => eta > 0 || drawsAfresh(zeta, ctx, usualZeta);
  return {
    init(ctx, { y, level }) {
      const { known, spread } = firstState(ctx, y, level, options.start);
      const z = ctx.noise("init", ctx.denoiser.image);
      const x = known.add(spread.mul(z));
      return freshNoiseIf(reports(ctx), { x, state: { x0: x }, freshNoise: isotropicStateNoise(z, spread, spread.mul(z), level) });
    },
    step(ctx, input) {
      const { x: before, y, from, to, prior } = input;
      const x0 = limitedEstimate(prior, options);
      const rho = penalty(ctx, from, options);
      const solved = dataStep.solve(ctx.operator, x0, y, rho);
      const xHat = options.guidance === 1 ? solved : x0.add(solved.sub(x0).mul(options.guidance));
      const e = before.sub(from.sqrtAlphaBar.mul(xHat)).div(from.sqrtOneMinusAlphaBar);
      const { fresh, predicted } = noiseShares(from, to, eta, freshShare(zeta, sharesOfPixels(input), usualZeta));
      const svd = countedSpectrum(zeta, ctx);
      const counted = svd && { svd, gain: dataStep.gain(constantOf(x0.trace, svd.singularValues), rho).mul(options.guidance) };
      const { drawn, whitened } = drawBeside(ctx, fresh, to, counted);
      const kept = e.mul(predicted);
      const noise = reports(ctx) ? kept.add(drawn.mul(fresh)) : kept;
      const next = to.sqrtAlphaBar.mul(xHat).add(noise);
      const x = options.wasteLast ? to.index.less(0.5).and(from.index.less(1.5)).where(before, next) : next;
      return freshNoiseIf(reports(ctx), { x, state: { x0: xHat }, freshNoise: isotropicStateNoise(whitened, fresh, noise, to) });
    },
    travel: (ctx, at, state) => freshNoiseIf(reports(ctx), travelBack(ctx, at, state)),
  };
}

/** rho: how strongly the data step holds on to the estimate; grows as the state gets cleaner. A scalar. */
export function penalty(
  ctx: Pick<StepContext, "sigmaY">,
  from: Level,
  { lambda, smallestNoise }: Pick<DiffpirOptions, "lambda" | "smallestNoise">,
): Tensor {
  const sigma = ctx.sigmaY.mul(0.5).maximum(smallestNoise).div(from.sigma);
  return sigma.square().mul(lambda);
}

/** Standard deviation of the fresh noise and weight of e; their squares add up to 1 - a'. */
function noiseShares(from: Level, to: Level, eta: number, zeta: Weight): { readonly fresh: Tensor; readonly predicted: Tensor } {
  const st = to.sqrtOneMinusAlphaBar;
  // (1 - a/a') / (1 - a), formed from 1 - a of both levels.
  const novelty = from.sqrtAlphaBar.div(to.sqrtAlphaBar).mul(st.div(from.sqrtOneMinusAlphaBar)).square();
  const ddim = novelty
    .sub(1)
    .neg()
    .maximum(0)
    .mul(typeof zeta === "number" ? (1 - zeta) * eta * eta : zeta.sub(1).mul(-eta * eta));
  const fresh = ddim.add(zeta);
  return { fresh: st.mul(fresh.sqrt()), predicted: st.mul(fresh.sub(1).neg().maximum(0).sqrt()) };
}
