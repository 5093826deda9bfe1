import {
  freshNoiseIf,
  isotropicStateNoise,
  operatorPower,
  remainingSpread,
  type LastEstimate,
  type Level,
  type NoiseWeights,
  type StepContext,
  type StepOutput,
  type Tensor,
  type UpdateRule,
} from "@leader/core";
import { firstEstimate } from "./first-estimate.js";
import { drawsNoise, etaWeights, tiny, type ProjdiffOptions } from "./options.js";

/** The two images under optimisation. */
interface ScalarState extends LastEstimate {
  /** The auxiliary noisy image, of which the measurement is exact. */
  readonly xObs: Tensor;
}

/** The level ao of the auxiliary image, by v = (sigma_y / s)^2: ao = 1 / (1+v). */
interface ObservedLevel {
  /** sqrt(v): the noise of the measurement as that of a variance-exploding state. */
  readonly sigma: Tensor;
  readonly sqrtAlphaBar: Tensor;
  readonly sqrtOneMinusAlphaBar: Tensor;
}

/**
 * ProjDiff for a noisy measurement and an operator with the one singular value s (Zhang, Zhuang, Jin, Li, Gu 2024). At states noisier than the
 * measurement (a <= ao) both images are replaced by the estimate, the auxiliary one projected onto sqrt(ao) y:
 *
 *   x_t = sqrt(a/ao) x_obs + sqrt(1-a/ao) z
 *   x0 <- D(x_t),  x_obs <- P(sqrt(ao) x0 + sqrt(1-ao) z'),  P(x) = x + A^+ (sqrt(ao) y - A x)
 *
 * Below, x_obs stays and its noise n = (x_obs - sqrt(ao) x0) / sqrt(1-ao) makes the states:
 *
 *   x_t = sqrt(a) x0 + sqrt(1-a) (sqrt(1-eta^2) n + eta z),   x0 <- x0 + stepSize (D(x_t) - x0)
 */
export function scalar(options: ProjdiffOptions, s: number): UpdateRule<ScalarState> {
  const { stepSize } = options;
  return {
    init(ctx, { level }) {
      const observed = observedLevel(ctx, s);
      const x0 = firstEstimate(ctx, level);
      const xObs = observed.sqrtAlphaBar.mul(x0).add(observed.sqrtOneMinusAlphaBar.mul(ctx.noise("observed", x0)));
      return noisy(ctx, { x0, xObs }, { observed, level, z: ctx.noise("z", x0), weights: etaWeights(options, {}) }, options);
    },
    step(ctx, input, { x0: before, xObs: beforeObs }) {
      const { y, from, to, prior } = input;
      const observed = observedLevel(ctx, s);
      const above = isAbove(from, observed);
      const x0 = above.where(prior.x0, before.add(prior.x0.sub(before).mul(stepSize)));
      const drawn = observed.sqrtAlphaBar.mul(x0).add(observed.sqrtOneMinusAlphaBar.mul(ctx.noise("observed", x0)));
      const missing = observed.sqrtAlphaBar.mul(y).sub(ctx.operator.apply(drawn));
      const xObs = above.where(drawn.add(operatorPower(ctx.operator, "pinv", "projdiff")(missing)), beforeObs);
      return noisy(ctx, { x0, xObs }, { observed, level: to, z: ctx.noise("z", x0), weights: etaWeights(options, input) }, options);
    },
    travel: (ctx, { to: level }, { x0, xObs }) =>
      noisy(
        ctx,
        { x0, xObs },
        { observed: observedLevel(ctx, s), level, z: ctx.noise("travel", x0), weights: etaWeights(options, {}) },
        options,
      ),
  };
}

function observedLevel(ctx: StepContext, s: number): ObservedLevel {
  const sigma = ctx.sigmaY.div(s);
  const scale = sigma.square().add(1).sqrt();
  return { sigma, sqrtAlphaBar: ctx.sigmaY.trace.scalar(1, "float32").div(scale), sqrtOneMinusAlphaBar: sigma.div(scale) };
}

/** True at levels at least as noisy as the measurement: a <= ao. */
const isAbove = (level: Level, { sigma }: ObservedLevel): Tensor => level.sigma.greaterOrEqual(sigma);

/** What a state is made with. */
interface Made {
  readonly observed: ObservedLevel;
  readonly level: Level;
  readonly z: Tensor;
  readonly weights: NoiseWeights;
}

/** The state of a level, from both images. */
function noisy(
  ctx: StepContext,
  state: ScalarState,
  { observed, level, z, weights }: Made,
  options: ProjdiffOptions,
): StepOutput<ScalarState> {
  const { x0, xObs } = state;
  const [al, st] = [level.sqrtAlphaBar, level.sqrtOneMinusAlphaBar];
  const above = isAbove(level, observed);
  // 1 - a/ao = 1 - a - a v.
  const spread = above.where(remainingSpread(st, al.mul(observed.sigma)), st.mul(weights.fresh));
  const n = xObs.sub(observed.sqrtAlphaBar.mul(x0)).div(observed.sqrtOneMinusAlphaBar.maximum(tiny));
  const below = al.mul(x0).add(n.mul(st.mul(weights.kept)));
  const x = above.where(xObs.mul(al.div(observed.sqrtAlphaBar)), below).add(spread.mul(z));
  return freshNoiseIf(drawsNoise(options, ctx), { x, state, freshNoise: isotropicStateNoise(z, spread, x.sub(al.mul(x0)), level) });
}
