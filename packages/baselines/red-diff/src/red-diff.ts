import {
  adam,
  measuredImage,
  noisedTo,
  type AdamState,
  type Level,
  type LinearOperator,
  type StepContext,
  type StepOutput,
  type Tensor,
  type UpdateRule,
} from "@leader/core";
import { noiseWeight, type NoiseWeight } from "./noise-weight.js";

export interface RedDiffOptions {
  /** `faithful`: both terms as means and a result that is one step old, as released. */
  readonly mode: "corrected" | "faithful";
  /** Weight of the prior. */
  readonly lambda: number;
  /** How the weight of the prior depends on the noise of a level. */
  readonly weighting: NoiseWeight;
  /** Weight of the measurement. */
  readonly observationWeight: number;
  /** Learning rate of Adam. */
  readonly rate: number;
  readonly beta1: number;
  readonly beta2: number;
  /** Standard deviation of the noise on the image that both terms see. */
  readonly perturbation: number;
  /** Where mu starts: see `redDiff`. */
  readonly start: "pseudo-inverse" | "measurement";
}

/** The image under optimisation. */
export type RedDiffState = {
  /** mu. */
  readonly mu: Tensor;
  /** The image in the present state: mu, or mu and its perturbation. */
  readonly x0: Tensor;
  readonly optimiser: { readonly [K in keyof AdamState]: AdamState[K] };
};

/**
 * RED-diff: variational sampling with the denoiser as regulariser (Mardani et al. 2024, Algorithm 1). With v the weight of the measurement,
 * w = lambda h(sigma), m and n the sizes of measurement and image:
 *
 *   x0 = mu + perturbation e0,   x_t = sqrt(a) x0 + sqrt(1-a) e
 *   g = -v A^T (y - A x0) + w (e_hat - e)          (corrected: the sums of the paper's eq. 8)
 *   g = -v A^T (y - A x0) / m + w (e_hat - e) / n  (faithful: the means of the released code)
 *   mu <- Adam(mu, g)
 *
 * No derivative of the network. mu starts at A^+ y, or A^T y where the operator has no pseudo-inverse, or at the measurement as an image. Since x_t is made from x0, e_hat - e is
 * (x0 - D(x_t)) / sigma, which loses no digits and which a modulator of the estimate reaches. The sizes are those of one image, so that the
 * result does not depend on the batch (in the released code the batch divides both terms). Every level is one step of Adam: a
 * scheduler that skips levels also skips steps. The result is mu, or if faithful the x0 from before the last step. Images in [-1,1].
 */
export function redDiff(options: RedDiffOptions): UpdateRule<RedDiffState> {
  const optimiser = adam({ rate: options.rate, beta1: options.beta1, beta2: options.beta2 });
  return {
    init(ctx, { y, level }) {
      const mu = options.start === "measurement" ? measuredImage(ctx.operator, y) : (ctx.operator.pinv?.(y) ?? ctx.operator.adjoint(y));
      return noisy(ctx, { mu, x0: perturbed(ctx, mu, options), optimiser: optimiser.start(mu) }, level, "init");
    },
    step(ctx, { y, from, to, prior }, { mu, x0, optimiser: memory }) {
      const { data, regulariser } = shares(ctx.operator, options);
      const fit = ctx.operator.adjoint(ctx.operator.apply(x0).sub(y)).mul(data);
      const pull = x0.sub(prior.x0).div(from.sigma).mul(noiseWeight(options.weighting, from.sigma).mul(regulariser));
      const next = optimiser.step(mu, fit.add(pull), memory, 0);
      const noisyNext = noisy(ctx, { mu: next.x, x0: perturbed(ctx, next.x, options), optimiser: next.state }, to, "z");
      const result = options.mode === "faithful" ? x0 : next.x;
      return { ...noisyNext, x: to.sigma.greater(0).where(noisyNext.x, result) };
    },
    travel: (ctx, { to }, before) => noisy(ctx, before, to, "travel"),
  };
}

function noisy(ctx: StepContext, state: RedDiffState, level: Level, name: string): Required<StepOutput<RedDiffState>> {
  return { ...noisedTo(ctx, state.x0, level, name), state: { ...state } };
}

const perturbed = (ctx: StepContext, mu: Tensor, { perturbation }: RedDiffOptions): Tensor =>
  perturbation === 0 ? mu : mu.add(ctx.noise("perturbation", mu).mul(perturbation));

/** What the gradients of both terms are multiplied by. */
function shares(
  operator: LinearOperator,
  { mode, lambda, observationWeight }: RedDiffOptions,
): { readonly data: number; readonly regulariser: number } {
  if (mode === "corrected") return { data: observationWeight, regulariser: lambda };
  return { data: observationWeight / measuredPerImage(operator), regulariser: lambda / perImage(operator.domain.shape) };
}

const perImage = (shape: readonly number[]): number => shape.slice(1).reduce((a, b) => a * b, 1);

/** m: entries of y that are measured, per image. */
function measuredPerImage({ range, measured }: LinearOperator): number {
  if (measured === undefined) return perImage(range.shape);
  const kept = Array.from(measured.data).reduce((sum, value) => sum + value, 0);
  return (kept / measured.data.length) * perImage(range.shape);
}
