import type { Tree } from "../tree.js";
import type { Tensor } from "@leader/graph";

/** A point, and what the method remembers for the next step. */
export interface OptimiserStep<S extends Tree<Tensor>> {
  readonly x: Tensor;
  readonly state: S;
}

/**
 * A first-order method as traced tensor code, for the inner loops of update rules: `adam`, `sgd`, `langevin`, `hamiltonian`. Its state is a
 * tree of tensors, so that a rule may keep it from one noise level to the next.
 */
export interface Optimiser<S extends Tree<Tensor>> {
  /** The state before the first step. @param like any tensor of the shape of x. */
  start(like: Tensor): S;
  /** @param number counts the steps of one loop from 0, for methods that draw noise in every one. */
  step(x: Tensor, gradient: Tensor, state: S, number: number): OptimiserStep<S>;
}

/** A loop: where it starts, with what, how long, and along which gradient. */
export interface Descent<S extends Tree<Tensor>> {
  readonly start: Tensor;
  readonly optimiser: Optimiser<S>;
  /** Whole and not negative. The graph grows with it: there is no early exit. */
  readonly steps: number;
  readonly gradient: (x: Tensor) => Tensor;
}

/** Takes a fixed number of steps from a fresh state, unrolled into the trace; returns the last point. */
export function descend<S extends Tree<Tensor>>({ start, optimiser, steps, gradient }: Descent<S>): Tensor {
  let at: OptimiserStep<S> = { x: start, state: optimiser.start(start) };
  for (let number = 0; number < steps; number++) at = optimiser.step(at.x, gradient(at.x), at.state, number);
  return at.x;
}
