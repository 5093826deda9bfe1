import {
  keptBesideMeasurement,
  keptOfMeasurement,
  mapHost,
  remainingSpread,
  type HostTensor,
  type NoiseWeights,
  type SplitSpread,
  type StepInput,
  type Tensor,
} from "@leader/core";

/** Weights of one DDNM+ step per singular value, of the shape of the singular values. */
export interface SpectralWeights {
  /** Share of the correction towards the measurement. */
  readonly lambda: Tensor;
  /** Standard deviation of the fresh noise. */
  readonly d1: Tensor;
  /** Weight of the predicted noise. */
  readonly d2: Tensor;
  /** 1/s, and 0 where s = 0. */
  readonly inverse: Tensor;
}

/** Far below any noise level that occurs: keeps the untaken branch of a `where` finite in float32. */
const tiny = 1e-12;

/**
 * DDNM+ (Wang et al. 2023, eqs 17-19 and appendix I: Sigma_t = V diag(lambda) V^T, Phi_t = V diag(d1^2) V^T) for the DDIM form
 * with a constant share eta of fresh noise. With al = sqrt(a'), st = sqrt(1-a') at the next time and sigma_s = al sigma_y / s, the
 * measurement noise that component s carries into the state:
 *
 *   s = 0:          lambda = 1,                            d1 = eta st,                d2 = sqrt(1-eta^2) st
 *   sigma_s <= st:  lambda = 1,                            d1 = sqrt(st^2 - sigma_s^2), d2 = 0
 *   sigma_s > st:   lambda = sqrt(1-eta^2) st / sigma_s,   d1 = eta st,                d2 = 0
 *
 * so that (lambda sigma_s)^2 + d1^2 = st^2 wherever s > 0: measurement noise plus fresh noise is the noise of the level. With `keepsMeasured` the noise
 * of the second line is split into fresh and predicted noise (`keptBesideMeasurement`), and eta^2 of the third is 1/2 at most (`keptOfMeasurement`).
 * @param s singular values; @param sigmaY noise of the measurement for images in [-1,1]. The last: eta and sqrt(1-eta^2).
 */
export function spectralWeights(
  s: HostTensor,
  sigmaY: Tensor,
  levels: Pick<StepInput, "from" | "to">,
  weights: NoiseWeights,
  keepsMeasured: boolean,
): SpectralWeights {
  const { fresh: share, kept } = weights;
  const { to } = levels;
  const { trace } = sigmaY;
  const constant = (f: (value: number) => number): Tensor => trace.constant(mapHost(s, f));
  const inverse = constant((value) => (value === 0 ? 0 : 1 / value));
  const inNullSpace = constant((value) => (value === 0 ? 1 : 0)).greater(0.5);
  const st = to.sqrtOneMinusAlphaBar;
  const sigmaS = to.sqrtAlphaBar.mul(sigmaY).mul(inverse);
  const reached = sigmaS.lessOrEqual(st);
  const unled = { fresh: st.mul(share), kept: st.mul(kept) };
  const held = keepsMeasured ? keptOfMeasurement(st, weights) : unled;
  const spread = remainingSpread(st, sigmaS);
  const led: Partial<SplitSpread> = keepsMeasured ? keptBesideMeasurement(spread, sigmaY.mul(inverse), levels, weights) : {};
  return {
    lambda: reached.where(1, held.kept.div(sigmaS.maximum(tiny))),
    d1: inNullSpace.where(unled.fresh, reached.where(led.fresh ?? spread, held.fresh)),
    d2: inNullSpace.where(unled.kept, reached.where(led.predicted ?? 0, 0)),
    inverse,
  };
}
