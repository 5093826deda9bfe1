import {
  freshNoiseIf,
  keptOfMeasurement,
  mapHost,
  operatorPower,
  remainingSpread,
  shapedNoise,
  type HostTensor,
  type Level,
  type NoiseWeights,
  type SpectralForm,
  type StepContext,
  type StepOutput,
  type Tensor,
  type UpdateRule,
} from "@leader/core";
import { firstEstimate } from "./first-estimate.js";
import { drawsNoise, etaWeights, followsProposal, tiny, type ProjdiffOptions } from "./options.js";

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
 * Where LEADer proposes a share of fresh noise, it is eta^2, 1/2 at most in the third line (`keptOfMeasurement`), and components with s = 0 take it too:
 * sqrt(1-a) (sqrt(1-eta^2) e + eta z) with the predicted e.
 * Here n = (U^T y - s c0) / sigma_y. The first state, before any projection, is sqrt(a) x0 + sqrt(1-a) z.
 */
export function spectral(options: ProjdiffOptions): UpdateRule<SpectralState> {
  const { stepSize } = options;
  return {
    init(ctx, { y, level }) {
      const svd = operatorPower(ctx.operator, "svd", "projdiff");
      const c0 = svd.vt(firstEstimate(ctx, level));
      const z = drawn(ctx, svd, "z");
      const st = level.sqrtOneMinusAlphaBar;
      const noise = z.mul(st);
      const x = svd.v(c0.mul(level.sqrtAlphaBar).add(noise));
      return freshNoiseIf(drawsNoise(options, ctx), {
        x,
        state: { c0, measured: svd.ut(y) },
        freshNoise: shapedNoise(svd, z, st, noise, level),
      });
    },
    step(ctx, input, { c0: before, measured }) {
      const { from, to, prior } = input;
      const svd = operatorPower(ctx.operator, "svd", "projdiff");
      const cleaner = belowMeasurement(svd.singularValues, ctx, from);
      const estimate = svd.vt(prior.x0);
      const c0 = cleaner.where(before.add(estimate.sub(before).mul(stepSize)), estimate);
      const predicted = followsProposal(options, ctx) ? { predicted: svd.vt(prior.epsilon) } : {};
      const made = { level: to, name: "z", weights: etaWeights(options, input), ...predicted };
      return noisy(ctx, svd, { c0, measured }, made, options);
    },
    travel(ctx, { to }, { c0, measured }) {
      const made = { level: to, name: "travel", weights: etaWeights(options, {}) };
      return noisy(ctx, operatorPower(ctx.operator, "svd", "projdiff"), { c0, measured }, made, options);
    },
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

/** What a state is made with. */
interface Made {
  readonly level: Level;
  /** Of the draw. */
  readonly name: string;
  readonly weights: NoiseWeights;
  /** V^T e, where components that are not measured keep a part of the predicted noise. */
  readonly predicted?: Tensor;
}

/** The state of a level. */
function noisy(
  ctx: StepContext,
  svd: SpectralForm,
  state: SpectralState,
  { level, name, weights, predicted }: Made,
  options: ProjdiffOptions,
): StepOutput<SpectralState> {
  const s = svd.singularValues;
  const [al, st] = [level.sqrtAlphaBar, level.sqrtOneMinusAlphaBar];
  const cleaner = belowMeasurement(s, ctx, level);
  const inverse = hostMap(s, ctx, (value) => (value === 0 ? 0 : 1 / value));
  const residual = state.measured.sub(state.c0.mul(hostMap(s, ctx, (value) => value)));
  const correction = cleaner.where(0, inverse.mul(al));
  const unled = { fresh: st.mul(weights.fresh), kept: st.mul(weights.kept) };
  const held = predicted === undefined ? unled : keptOfMeasurement(st, weights);
  const kept = cleaner.where(held.kept.div(ctx.sigmaY.maximum(tiny)), 0);
  const unmeasured = hostMap(s, ctx, (value) => (value === 0 ? 1 : 0));
  const above = remainingSpread(st, measurementSigma(s, ctx).mul(al));
  const fresh = cleaner.where(held.fresh, predicted === undefined ? above : unmeasured.greater(0.5).where(unled.fresh, above));
  const z = drawn(ctx, svd, name);
  const drawnNoise = z.mul(fresh);
  const carried = predicted === undefined ? drawnNoise : drawnNoise.add(predicted.mul(unmeasured.mul(unled.kept)));
  const x = svd.v(
    state.c0
      .mul(al)
      .add(residual.mul(correction.add(kept)))
      .add(carried),
  );
  const noise = residual.mul(kept).add(carried);
  return freshNoiseIf(drawsNoise(options, ctx), { x, state, freshNoise: shapedNoise(svd, z, fresh, noise, level) });
}
