import type { Operand, Tensor } from "@leader/graph";
import type { Optimiser } from "./optimiser.js";

export interface AdamOptions {
  /** Learning rate: how far a step goes where gradients are steady. */
  readonly rate: Operand;
  /** Memory of the gradient, in [0,1). Default 0.9. */
  readonly beta1?: number;
  /** Memory of its square, in [0,1). Default 0.999. */
  readonly beta2?: number;
  /** Added to the root of the second moment. Default 1e-8. */
  readonly epsilon?: number;
}

export interface AdamState {
  /** Running mean of the gradient. */
  readonly first: Tensor;
  /** Running mean of its square. */
  readonly second: Tensor;
  /** beta1^k and beta2^k after k steps: scalars, for the correction of the bias towards the start at 0. */
  readonly decay1: Tensor;
  readonly decay2: Tensor;
  readonly [key: string]: Tensor;
}

/**
 * Adam (Kingma and Ba 2015, Algorithm 1):
 *
 *   m <- b1 m + (1-b1) g,  v <- b2 v + (1-b2) g^2,  x <- x - rate (m / (1-b1^k)) / (sqrt(v / (1-b2^k)) + epsilon)
 */
export function adam({ rate, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 }: AdamOptions): Optimiser<AdamState> {
  return {
    start(like) {
      const zero = like.trace.scalar(0, "float32").expand(like.shape);
      const one = like.trace.scalar(1, "float32");
      return { first: zero, second: zero, decay1: one, decay2: one };
    },
    step(x, gradient, state) {
      const first = state.first.mul(beta1).add(gradient.mul(1 - beta1));
      const second = state.second.mul(beta2).add(gradient.square().mul(1 - beta2));
      const decay1 = state.decay1.mul(beta1);
      const decay2 = state.decay2.mul(beta2);
      const mean = first.div(decay1.neg().add(1));
      const spread = second.div(decay2.neg().add(1)).sqrt().add(epsilon);
      return { x: x.sub(mean.div(spread).mul(rate)), state: { first, second, decay1, decay2 } };
    },
  };
}
