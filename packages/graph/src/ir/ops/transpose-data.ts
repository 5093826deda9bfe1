import type { ReferenceValue } from "../op-def.js";
import { stridesOf } from "../shape.js";
import { allocate, offsets, remap } from "./data.js";

/** The elements of `x` with its axes permuted; the original array where the order stays. */
export function transposeData(x: ReferenceValue, permutation: readonly number[]): ReferenceValue["data"] {
  if (permutation.every((axis, i) => axis === i)) return x.data;
  const strides = stridesOf(x.shape);
  const result = allocate(x);
  remap(
    x.data,
    permutation.map((axis) => offsets(x.shape[axis]!, strides[axis]!)),
    result,
  );
  return result;
}
