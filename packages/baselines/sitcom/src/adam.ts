import type { Tensor } from "@leader/core";

/** What Adam keeps. */
export type AdamState = {
  /** Running means of the gradient and of its square. */
  readonly first: Tensor;
  readonly second: Tensor;
  /** Moves so far, a scalar. */
  readonly count: Tensor;
};

const decay = { first: 0.9, second: 0.999 };

/** One move of Adam (Kingma and Ba 2015, Algorithm 1), to be subtracted, and what it keeps. */
export function adam(gradient: Tensor, state: AdamState, learningRate: number): AdamState & { readonly move: Tensor } {
  const count = state.count.add(1);
  const first = state.first.mul(decay.first).add(gradient.mul(1 - decay.first));
  const second = state.second.mul(decay.second).add(gradient.square().mul(1 - decay.second));
  // 1 - decay^count: how much of a running mean that started at 0 has been filled.
  const filled = (rate: number): Tensor => count.mul(Math.log(rate)).exp().sub(1).neg();
  const move = first
    .div(filled(decay.first))
    .mul(learningRate)
    .div(second.div(filled(decay.second)).sqrt().add(1e-8));
  return { first, second, count, move };
}
