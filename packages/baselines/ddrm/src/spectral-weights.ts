import {
  keptBesideMeasurement,
  keptOfMeasurement,
  mapHost,
  remainingSpread,
  type HostTensor,
  type Level,
  type NoiseWeights,
  type SplitSpread,
  type StepInput,
  type Tensor,
} from "@leader/core";

/** Shares of noise, per component: DDRM's eta_A and eta_C is `fresh`, the weight where the measurement does not lead, and sqrt(1-eta^2) is `kept`. */
export interface NoiseShares extends NoiseWeights {
  /** DDRM's eta_b. */
  readonly etaB: number;
  /** True if components that the measurement leads keep a share of the predicted noise too, as where LEADer proposes the share. */
  readonly keepsMeasured: boolean;
}

/** Weights of one DDRM step per singular value, of the shape of the singular values. */
export interface SpectralWeights {
  /** Of the residual U^T (y - A x0), where it corrects the clean image. */
  readonly correction: Tensor;
  /** Of the residual, where it stands for the noise of the state. */
  readonly measured: Tensor;
  /** Of the predicted noise. */
  readonly predicted: Tensor;
  /** Standard deviation of the fresh noise. */
  readonly fresh: Tensor;
}

/** Far below any noise level that occurs: keeps the untaken branch of a `where` finite in float32. */
const tiny = 1e-12;

/**
 * DDRM (Kawar et al. 2022, section 3), written for the variance-preserving state: with al = sqrt(a'), st = sqrt(1-a') at the next time,
 * sigma_s = al sigma_y / s, and r = U^T (y - A x0) = U^T y - s V^T x0, component i of V^T x_t' is al V^T x0 plus
 *
 *   s = 0 or sigma_s = st:  sqrt(1-eta^2) st V^T e                     + eta st z
 *   sigma_s > st:           sqrt(1-eta^2) st r / sigma_y               + eta st z
 *   sigma_s < st:           eta_b al r / s                             + sqrt(st^2 - eta_b^2 sigma_s^2) z
 *
 * With `keepsMeasured` the noise z of the last line is split into fresh and predicted noise as well (`keptBesideMeasurement`), and eta^2 of the second
 * is 1/2 at most (`keptOfMeasurement`).
 *
 * @param s singular values; @param sigmaY noise of the measurement for images in [-1,1].
 */
export function spectralWeights(
  s: HostTensor,
  sigmaY: Tensor,
  levels: Pick<StepInput, "from" | "to">,
  { etaB, keepsMeasured, ...weights }: NoiseShares,
): SpectralWeights {
  const { to } = levels;
  const { inverse, measures } = hostWeights(s, sigmaY);
  const st = to.sqrtOneMinusAlphaBar;
  const unled = { fresh: st.mul(weights.fresh), kept: st.mul(weights.kept) };
  const held = keepsMeasured ? keptOfMeasurement(st, weights) : unled;
  const sigmaS = to.sqrtAlphaBar.mul(sigmaY).mul(inverse);
  const before = measures.and(sigmaS.less(st));
  const after = measures.and(sigmaS.greater(st));
  const spread = remainingSpread(st, sigmaS.mul(etaB));
  const led: Partial<SplitSpread> = keepsMeasured ? keptBesideMeasurement(spread, sigmaY.mul(inverse).mul(etaB), levels, weights) : {};
  return {
    correction: before.where(to.sqrtAlphaBar.mul(etaB).mul(inverse), 0),
    measured: after.where(held.kept.div(sigmaY.maximum(tiny)), 0),
    predicted: before.where(led.predicted ?? 0, after.where(0, unled.kept)),
    fresh: before.where(led.fresh ?? spread, after.where(held.fresh, unled.fresh)),
  };
}

/** What the first state takes from the measurement and how much noise it adds, per component. */
export interface InitialWeights {
  /** Of U^T y. */
  readonly measurement: Tensor;
  /** Standard deviation of the noise. */
  readonly fresh: Tensor;
}

/** DDRM's initialisation (Kawar et al. 2022, section 3): the measurement where it is cleaner than the state, topped up with noise to the level. */
export function initialWeights(s: HostTensor, sigmaY: Tensor, level: Level): InitialWeights {
  const { inverse, measures } = hostWeights(s, sigmaY);
  const st = level.sqrtOneMinusAlphaBar;
  const sigmaS = level.sqrtAlphaBar.mul(sigmaY).mul(inverse);
  const known = measures.and(sigmaS.less(st));
  return { measurement: known.where(level.sqrtAlphaBar.mul(inverse), 0), fresh: known.where(remainingSpread(st, sigmaS), st) };
}

/** 1/s (0 where s = 0), of the shape of the singular values. */
export const inverseOf = (s: HostTensor, like: Tensor): Tensor => mapped(s, like, (value) => (value === 0 ? 0 : 1 / value));

const hostWeights = (s: HostTensor, like: Tensor): { readonly inverse: Tensor; readonly measures: Tensor } => ({
  inverse: inverseOf(s, like),
  measures: mapped(s, like, (value) => (value === 0 ? 0 : 1)).greater(0.5),
});

const mapped = (s: HostTensor, { trace }: Tensor, f: (value: number) => number): Tensor => trace.constant(mapHost(s, f));
