import type { Tensor } from "@leader/core";

/** Puts the tensor at the beginning of zeros of a shape of the same rank. */
export function padTo(x: Tensor, shape: readonly number[]): Tensor {
  return x.pad([...shape.map(() => 0), ...shape.map((n, axis) => n - x.shape[axis]!)]);
}
