import type { HostTensor, Tensor } from "@leader/graph";
import { constantOf } from "./constants.js";

const reversals = new Map<number, HostTensor>();

/** The place of frequency -w along an axis: entry 0 stays, the others come in opposite order. */
export function reversal(length: number): HostTensor {
  let indices = reversals.get(length);
  if (indices === undefined) {
    indices = { shape: [length], dtype: "int32", data: Int32Array.from({ length }, (_, i) => (length - i) % length) };
    reversals.set(length, indices);
  }
  return indices;
}

/** c(-w) along an axis. */
export const reversed = (coefficients: Tensor, axis: number): Tensor =>
  coefficients.gather(constantOf(coefficients.trace, reversal(coefficients.shape.at(axis)!)), axis);
