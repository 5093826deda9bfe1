import type { Operand, Tensor } from "@leader/graph";
import type { Optimiser } from "./optimiser.js";

export interface LangevinOptions {
  /** Step size. With curvature up to L the chain is stable for rate L < 2, and its bias falls with rate. */
  readonly rate: Operand;
  /** Unit normal noise of the shape of x for a step; a rule gives every step a name of its own. */
  readonly noise: (step: number) => Tensor;
}

/**
 * Unadjusted Langevin dynamics towards exp(-U): x <- x - rate grad U + sqrt(2 rate) z (Roberts and Tweedie 1996). Its `gradient` is that of U,
 * the negative score.
 */
export function langevin({ rate, noise }: LangevinOptions): Optimiser<Record<string, never>> {
  return {
    start: () => ({}),
    step: (x, gradient, state, number) => ({
      x: x.sub(gradient.mul(rate)).add(noise(number).mul(root(x, rate, 2))),
      state,
    }),
  };
}

export interface HamiltonianOptions extends LangevinOptions {
  /** Share of the momentum that survives a step, in [0,1). */
  readonly memory: number;
  /** Unit normal noise: `start` is the first momentum. */
  readonly noise: (step: number | "start") => Tensor;
}

export interface HamiltonianState {
  readonly momentum: Tensor;
  readonly [key: string]: Tensor;
}

/**
 * Hamiltonian dynamics with friction, without rejections, as DAPS runs it (Zhang et al. 2025, appendix):
 *
 *   u <- memory u - sqrt(rate) grad U + sqrt(2 (1 - memory)) z,  x <- x + sqrt(rate) u,  u_0 unit normal
 */
export function hamiltonian({ rate, memory, noise }: HamiltonianOptions): Optimiser<HamiltonianState> {
  return {
    start: () => ({ momentum: noise("start") }),
    step(x, gradient, state, number) {
      const pace = root(x, rate, 1);
      const drawn = noise(number).mul(Math.sqrt(2 * (1 - memory)));
      const momentum = state.momentum.mul(memory).sub(gradient.mul(pace)).add(drawn);
      return { x: x.add(momentum.mul(pace)), state: { momentum } };
    },
  };
}

/** sqrt(factor rate) of a rate that may be a tensor. */
const root = (x: Tensor, rate: Operand, factor: number): Tensor =>
  typeof rate === "number" ? x.trace.scalar(Math.sqrt(factor * rate), "float32") : rate.mul(factor).sqrt();
