import { descend, noisedTo, sgd, type LastEstimate, type StepContext, type Tensor, type UpdateRule } from "@leader/core";
import { purified } from "./purification.js";

export interface DcdpOptions {
  /** `faithful`: ends with a purification for noise-free measurements too, as released. */
  readonly mode: "corrected" | "faithful";
  /** J, the gradient steps of a data phase. */
  readonly iterations: number;
  /** s = 2 lr / m: the step along A^T (A x - y), whatever the size m of the measurement. */
  readonly stepSize: number;
  /** Heavy-ball momentum of the data phase. */
  readonly momentum: number;
  /** Network evaluations of one purification; 1 takes the estimate of the first. */
  readonly evaluations: number;
}

/**
 * DCDP: decoupled data consistency with diffusion purification (Li et al. 2024, Algorithm 1). The two phases alternate without sharing a derivative:
 *
 *   data      v = J steps of gradient descent with momentum on ||A v - y||^2 / 2 from the present image, at first from 0
 *   noise     x = sqrt(a) v + sqrt(1-a) z
 *   purify    x <- the end of DDIM from the level of x (`purified`)
 *
 * The K levels are those of the scheduler (published: evenly spaced from T_0 on; level T_k is timestep T_k - 1). The result is the last purification; without
 * noise in the measurement, the data phase after it, unless faithful. Images in [-1,1]. A modulator reaches the first evaluation of a purification.
 * Deviations from the released code: float32; a purification always costs `evaluations`, where that has T_k for T_k below (repeated levels change nothing); level 1
 * stays level 1 (there 2); masks are those of the operator (there a fixed rectangle).
 */
export function dcdp(options: DcdpOptions): UpdateRule<LastEstimate> {
  return {
    init: (ctx, { y, level }) =>
      noisedTo(ctx, fitted(ctx, y.trace.scalar(0, "float32").expand(ctx.denoiser.image.shape), y, options), level, "init"),
    step(ctx, input) {
      const clean = purified(ctx, input, options.evaluations);
      const data = fitted(ctx, clean, input.y, options);
      const made = noisedTo(ctx, data, input.to, "z");
      return { ...made, x: input.to.sigma.greater(0).where(made.x, endsFitted(ctx, options) ? data : clean) };
    },
    travel: (ctx, { to }, { x0 }) => noisedTo(ctx, x0, to, "travel"),
  };
}

const endsFitted = (ctx: StepContext, { mode }: DcdpOptions): boolean => ctx.noiseFree && mode === "corrected";

/** The data phase. */
function fitted(ctx: StepContext, start: Tensor, y: Tensor, { iterations, stepSize, momentum }: DcdpOptions): Tensor {
  const { operator } = ctx;
  return descend({
    start,
    steps: iterations,
    optimiser: sgd({ rate: stepSize, momentum }),
    gradient: (x) => operator.adjoint(operator.apply(x).sub(y)),
  });
}
