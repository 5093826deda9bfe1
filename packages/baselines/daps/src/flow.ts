import { levelAtSigma, type StepContext, type StepInput, type Tensor } from "@leader/core";

/** Grids of this method are even in sigma^(1/7). */
const rho = 7;
/** Noise at which the flow ends, or from which it takes its last step to the clean image. */
export const lastSigma = 0.01;

export interface FlowOptions {
  /** Euler steps, each one network evaluation: the first is that of the sampler. */
  readonly steps: number;
  /** Ends at `lastSigma` instead of at the clean image. */
  readonly stopsNoisy: boolean;
}

/**
 * The end of the probability flow dv/dsigma = (v - D(v; sigma)) / sigma from the present level, by Euler steps that are even in sigma^(1/7) down to
 * 0.01 and, unless `stopsNoisy`, a last one from there to 0.
 */
export function flowEnd(ctx: StepContext, { x, from, prior }: StepInput, { steps, stopsNoisy }: FlowOptions): Tensor {
  const sigmas = flowLevels(from.sigma, steps, stopsNoisy);
  // With the first slope (v - x0) / sigma written out, v / sigma and the large v itself cancel nothing.
  let state = x.div(from.sqrtAlphaBar);
  let x0 = prior.x0;
  for (let k = 0; k < steps; k++) {
    const [sigma, next] = [sigmas[k]!, sigmas[k + 1]];
    if (k > 0) {
      const level = levelAtSigma(ctx.denoiser.schedule, sigma);
      ({ x0 } = ctx.denoiser.denoise(state.mul(level.sqrtAlphaBar), level));
    }
    if (next === undefined) return x0;
    state = x0.add(state.sub(x0).mul(next.div(sigma)));
  }
  return state;
}

/** The noise at every evaluation, and that of the end unless it is 0. */
function flowLevels(from: Tensor, steps: number, stopsNoisy: boolean): readonly Tensor[] {
  const count = stopsNoisy ? steps + 1 : steps;
  const last = from.minimum(lastSigma);
  const [a, b] = [from.pow(1 / rho), last.pow(1 / rho)];
  return Array.from({ length: count }, (_, k) =>
    k === 0
      ? from
      : a
          .add(b.sub(a).mul(k / (count - 1)))
          .maximum(0)
          .pow(rho),
  );
}
