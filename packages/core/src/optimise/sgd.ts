import type { Operand, Tensor } from "@leader/graph";
import type { Optimiser } from "./optimiser.js";

export interface SgdOptions {
  /** Learning rate. With curvature up to L the iteration is stable for rate L < 2 (1 + momentum). */
  readonly rate: Operand;
  /** Heavy-ball momentum in [0,1). Default 0. */
  readonly momentum?: number;
}

export interface SgdState {
  readonly velocity: Tensor;
  readonly [key: string]: Tensor;
}

/** Gradient descent with heavy-ball momentum (Polyak 1964) without dampening: b <- momentum b + g, x <- x - rate b, with b = g at first. */
export function sgd({ rate, momentum = 0 }: SgdOptions): Optimiser<SgdState> {
  return {
    start: (like) => ({ velocity: like.trace.scalar(0, "float32").expand(like.shape) }),
    step(x, gradient, state) {
      const velocity = momentum === 0 ? gradient : state.velocity.mul(momentum).add(gradient);
      return { x: x.sub(velocity.mul(rate)), state: { velocity } };
    },
  };
}
