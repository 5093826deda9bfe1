import {
  drawsAfresh,
  freshNoiseIf,
  freshShare,
  noiseWeights,
  operatorPower,
  shapedNoise,
  spectralResidual,
  travelBack,
  type HostTensor,
  type LastEstimate,
  type StepContext,
  type StepInput,
  type Tensor,
  type UpdateRule,
} from "@leader/core";
import { initialWeights, inverseOf, spectralWeights } from "./spectral-weights.js";

export interface DdrmOptions {
  /** Share of fresh noise in [0,1] where the measurement does not lead (eta_A = eta_C). Not DDIM's eta: it is the same at every level. Absent: LEADer's, else 0.85. */
  readonly eta?: number | undefined;
  /** Trust eta_b in [0,1] in components whose measurement is cleaner than the state. */
  readonly etaB: number;
  /**
   * `x0`: the last estimate, as published. `projected`: x0 + A^+ (y - A x0), which carries the noise of the measurement. `weighed`: between the
   * two, the nearer to the measurement the less noise it has beside the level of the last estimate; without noise it is `projected`.
   */
  readonly finalOutput: "x0" | "projected" | "weighed";
}

/** Of the released code. */
const publishedEta = 0.85;

/**
 * DDRM: denoising diffusion restoration models (Kawar, Elad, Ermon, Song 2022, section 3), per singular value of A = U diag(s) V^T.
 * Where the measurement is cleaner than the state it leads (eta_b); where it is noisier, its residual stands for the predicted noise; where
 * there is none, the step is DDIM's with a constant share eta of fresh noise. Where LEADer proposes the share, noise beside a leading measurement takes it too. `spectralWeights` has the formulas, turned from the paper's
 * variance-exploding variables to x_t. Noise is drawn as coefficients. Images in [-1,1].
 *
 * At the clean level all noise terms vanish and the result is the last x0, which fits the measurement only as well as the prior does.
 * Deviations from the released code: the first state is sqrt(a) times the variance-exploding one instead of that divided by sigma
 * (they differ by sqrt(1-a), a few parts in 10^5); components that the operator's threshold removed count as not measured.
 */
export function ddrm({ eta, etaB, finalOutput }: DdrmOptions): UpdateRule<LastEstimate> {
  const share = eta === undefined ? undefined : eta * eta;
  const reports = (ctx: StepContext): boolean => drawsAfresh(share, ctx, publishedEta);
  return {
    init(ctx, { y, level }) {
      const svd = operatorPower(ctx.operator, "svd", "ddrm");
      const weights = initialWeights(svd.singularValues, ctx.sigmaY, level);
      const z = ctx.noise("init", { shape: svd.shape, dtype: "float32" });
      const noise = z.mul(weights.fresh);
      const x = svd.v(svd.ut(y).mul(weights.measurement).add(noise));
      return freshNoiseIf(reports(ctx), { x, state: { x0: x }, freshNoise: shapedNoise(svd, z, weights.fresh, noise, level) });
    },
    step(ctx, input) {
      const { y, to, prior } = input;
      const svd = operatorPower(ctx.operator, "svd", "ddrm");
      const weights = spectralWeights(svd.singularValues, ctx.sigmaY, input, {
        ...noiseWeights(freshShare(share, input, publishedEta * publishedEta)),
        etaB,
        keepsMeasured: share === undefined && ctx.proposesFreshShare,
      });
      const z = ctx.noise("z", { shape: svd.shape, dtype: "float32" });
      const residual = spectralResidual(ctx.operator, svd, y, prior.x0);
      const drawnAndPredicted = svd.vt(prior.epsilon).mul(weights.predicted).add(z.mul(weights.fresh));
      const correction =
        finalOutput === "x0"
          ? weights.correction
          : to.index.less(0.5).where(lastCorrection(svd.singularValues, ctx.sigmaY, input, finalOutput), weights.correction);
      const x = to.sqrtAlphaBar.mul(prior.x0).add(svd.v(residual.mul(correction.add(weights.measured)).add(drawnAndPredicted)));
      const noise = residual.mul(weights.measured).add(drawnAndPredicted);
      return freshNoiseIf(reports(ctx), { x, state: { x0: prior.x0 }, freshNoise: shapedNoise(svd, z, weights.fresh, noise, to) });
    },
    travel: (ctx, at, state) => freshNoiseIf(reports(ctx), travelBack(ctx, at, state)),
  };
}

/**
 * The weight of the residual at the clean level: A^+, times 1 - (sigma_y / (s sigma))^2 where the last estimate is weighed against a
 * measurement with less noise than sigma, the level that it was made at. By Tweedie's formula y's posterior mean is y + sigma_y^2 times the
 * score at sigma_y, for which the nearest that the network has seen, (x0 - y) / sigma^2, is taken.
 */
function lastCorrection(
  s: HostTensor,
  sigmaY: Tensor,
  { from, to }: Pick<StepInput, "from" | "to">,
  finalOutput: "projected" | "weighed",
): Tensor {
  const inverse = inverseOf(s, to.index);
  if (finalOutput === "projected") return inverse;
  const ratio = sigmaY.mul(inverse).mul(from.sqrtAlphaBar).div(from.sqrtOneMinusAlphaBar);
  return inverse.mul(ratio.mul(ratio).neg().add(1).maximum(0));
}
