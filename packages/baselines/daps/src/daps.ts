import {
  annealedRate,
  descend,
  hamiltonian,
  langevin,
  noisedTo,
  type AnnealedRate,
  type LastEstimate,
  type Optimiser,
  type StepContext,
  type StepInput,
  type Tensor,
  type Tree,
  type UpdateRule,
} from "@leader/core";
import { flowEnd } from "./flow.js";

export interface DapsOptions extends AnnealedRate {
  /** `faithful`: factor 2 of the data gradient and a flow that stops at its last level, as in the released main branch. */
  readonly mode: "corrected" | "faithful";
  /** Euler steps of the flow, each one network evaluation. */
  readonly odeSteps: number;
  /** J, the steps of the Markov chain. */
  readonly iterations: number;
  /** Noise that the data step assumes, for [-1,1] images, or that of the measurement. */
  readonly tau: number | "measurement";
  readonly chain: "langevin" | "hamiltonian";
  /** Share of the momentum that survives a step of the Hamiltonian chain. */
  readonly memory: number;
}

/** Keeps the step finite where a measurement is taken as exact. */
const smallestTau = 1e-3;

/**
 * DAPS: decoupled annealing posterior sampling (Zhang et al. 2025, Algorithm 1), on the rescaled state v = x / sqrt(a) = x0 + sigma z. Every level
 *
 *   1. solves the probability flow dv/dsigma = (v - D(v; sigma)) / sigma to its end xh (`flowEnd`),
 *   2. walks a Markov chain from xh towards p(w) = exp(-c ||A w - y||^2 / (2 tau^2) - ||w - xh||^2 / (2 sigma^2)), eq. 9:
 *        w <- w - rate [c A^T (A w - y) / tau^2 + (w - xh) / sigma^2] + sqrt(2 rate) z,
 *   3. noises its end: x' = sqrt(a') (w + sigma' z), eq. 6.
 *
 * rate falls linearly in sigma^(1/7) from `rate` to `rateRatio` rate. c is 1, or 2 if faithful. tau is a constant of the authors, not the noise of the
 * measurement. The result is w. Images in [-1,1]. A modulator reaches the first of the flow's evaluations.
 * Deviations from the released code: the rate is a function of the level rather than of the count of steps (there i/200 of 200, here i/199); the network's
 * time is that of the trained level with this noise (there the formula of EDM's VPPrecond, later by up to one timestep); NaN is an error, not a black image.
 */
export function daps(options: DapsOptions): UpdateRule<LastEstimate> {
  return {
    init: (ctx, { y, level }) => noisedTo(ctx, y.trace.scalar(0, "float32").expand(ctx.denoiser.image.shape), level, "init"),
    step: (ctx, input) => noisedTo(ctx, sampled(ctx, input, options), input.to, "z"),
    travel: (ctx, { to }, { x0 }) => noisedTo(ctx, x0, to, "travel"),
  };
}

/** The end w of the Markov chain of one level. */
function sampled(ctx: StepContext, input: StepInput, options: DapsOptions): Tensor {
  const { y, from } = input;
  const xHat = flowEnd(ctx, input, { steps: options.odeSteps, stopsNoisy: options.mode === "faithful" });
  const tau = options.tau === "measurement" ? ctx.sigmaY.maximum(smallestTau) : xHat.trace.scalar(options.tau, "float32");
  const fit = xHat.trace.scalar(options.mode === "faithful" ? 2 : 1, "float32").div(tau.square());
  const hold = from.sigma.square();
  const gradient = (w: Tensor): Tensor => ctx.operator.adjoint(ctx.operator.apply(w).sub(y)).mul(fit).add(w.sub(xHat).div(hold));
  const noise = (step: number | "start"): Tensor => ctx.noise(`chain.${step}`, ctx.denoiser.image);
  const rate = annealedRate(from, options);
  const walk = <S extends Tree<Tensor>>(optimiser: Optimiser<S>): Tensor =>
    descend({ start: xHat, optimiser, steps: options.iterations, gradient });
  return options.chain === "langevin" ? walk(langevin({ rate, noise })) : walk(hamiltonian({ rate, memory: options.memory, noise }));
}
