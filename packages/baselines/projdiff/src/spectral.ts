import {
  freshNoiseIf,
  mapHost,
  operatorPower,
  remainingSpread,
  shapedNoise,
  type HostTensor,
  type Level,
  type SpectralForm,
  type StepContext,
  type StepOutput,
  type Tensor,
  type UpdateRule,
} from "@leader/core";
import { firstEstimate } from "./first-estimate.js";
import { tiny, type ProjdiffOptions } from "./options.js";

/** Coefficients, of the shape of the decomposition. */
interface SpectralState {
  /** V^T x0 of the image under optimisation. */
  readonly c0: Tensor;
  /** U^T y, carried along so that it is computed once. */
  readonly measured: Tensor;
  readonly [key: string]: Tensor;
}

/**
 * ProjDiff for a noisy measurement and any singular values (Zhang, Zhuang, Jin, Li, Gu 2024): `scalar` for each component with the level
 * ao_i = 1 / (1 + (sigma_y/s_i)^2) of its own, and ao_i = 1 where s_i = 0. Projection fixes x_obs to sqrt(ao_i) (U^T y)_i / s_i where s_i > 0, and
 * where s_i = 0 it is x0, so that x_obs need not be kept. With sigma_i = sigma_y / s_i the states are, per component of V^T x_t,
 *
 *   s = 0:             sqrt(a) c0 + sqrt(1-a) z                                         c0 <- D
 *   sigma_i <= sigma:  sqrt(a) (U^T y)/s + sqrt(1 - a - a sigma_i^2) z                  c0 <- D
 *   sigma_i > sigma:   sqrt(a) c0 + sqrt(1-a) (sqrt(1-eta^2) n + eta z)                 c0 <- c0 + stepSize (D - c0)
 *
 * with n = (U^T y - s c0) / sigma_y. The first state, before any projection, is sqrt(a) x0 + sqrt(1-a) z.
 */
export function spectral({ stepSize, eta }: ProjdiffOptions): UpdateRule<SpectralState> {
  const reports = eta > 0;
  return {
    init(ctx, { y, level }) {
      const svd = operatorPower(ctx.operator, "svd", "projdiff");
      const c0 = svd.vt(firstEstimate(ctx, level));
      const z = drawn(ctx, svd, "z");
      const st = level.sqrtOneMinusAlphaBar;
      const noise = z.mul(st);
      const x = svd.v(c0.mul(level.sqrtAlphaBar).add(noise));
      return freshNoiseIf(reports, { x, state: { c0, measured: svd.ut(y) }, freshNoise: shapedNoise(svd, z, st, noise, level) });
    },
    step(ctx, { from, to, prior }, { c0: before, measured }) {
      const svd = operatorPower(ctx.operator, "svd", "projdiff");
      const cleaner = belowMeasurement(svd.singularValues, ctx, from);
      const estimate = svd.vt(prior.x0);
      const c0 = cleaner.where(before.add(estimate.sub(before).mul(stepSize)), estimate);
      return noisy(ctx, svd, { c0, measured }, to, eta, "z");
    },
    travel: (ctx, { to }, { c0, measured }) =>
      noisy(ctx, operatorPower(ctx.operator, "svd", "projdiff"), { c0, measured }, to, eta, "travel"),
  };
}

const drawn = (ctx: StepContext, svd: SpectralForm, name: string): Tensor => ctx.noise(name, { shape: svd.shape, dtype: "float32" });

/** sigma_y / s, and 0 where s = 0. */
function measurementSigma(s: HostTensor, ctx: StepContext): Tensor {
  return ctx.sigmaY.mul(hostMap(s, ctx, (value) => (value === 0 ? 0 : 1 / value)));
}

/** True for components whose measurement is noisier than the state. */
const belowMeasurement = (s: HostTensor, ctx: StepContext, level: Level): Tensor => measurementSigma(s, ctx).greater(level.sigma);

const hostMap = (s: HostTensor, ctx: StepContext, f: (value: number) => number): Tensor => ctx.sigmaY.trace.constant(mapHost(s, f));

/** The state of a level. */
function noisy(
  ctx: StepContext,
  svd: SpectralForm,
  state: SpectralState,
  level: Level,
  eta: number,
  name: string,
): StepOutput<SpectralState> {
  const s = svd.singularValues;
  const [al, st] = [level.sqrtAlphaBar, level.sqrtOneMinusAlphaBar];
  const cleaner = belowMeasurement(s, ctx, level);
  const inverse = hostMap(s, ctx, (value) => (value === 0 ? 0 : 1 / value));
  const residual = state.measured.sub(state.c0.mul(hostMap(s, ctx, (value) => value)));
  const correction = cleaner.where(0, inverse.mul(al));
  const kept = cleaner.where(st.mul(Math.sqrt(1 - eta * eta)).div(ctx.sigmaY.maximum(tiny)), 0);
  const fresh = cleaner.where(st.mul(eta), remainingSpread(st, measurementSigma(s, ctx).mul(al)));
  const z = drawn(ctx, svd, name);
  const x = svd.v(
    state.c0
      .mul(al)
      .add(residual.mul(correction.add(kept)))
      .add(z.mul(fresh)),
  );
  const noise = residual.mul(kept).add(z.mul(fresh));
  return freshNoiseIf(eta > 0, { x, state, freshNoise: shapedNoise(svd, z, fresh, noise, level) });
}
