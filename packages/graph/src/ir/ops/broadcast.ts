import type { ReferenceValue } from "../op-def.js";
import { equalShapes, sizeOf, stridesOf } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { allocate, offsets, remap } from "./data.js";

type Shape = readonly number[];

/** The elements of `x` broadcast to `shape`; the original array where nothing is repeated. */
export function broadcastData(x: ReferenceValue, shape: Shape): ReferenceValue["data"] {
  if (sizeOf(x.shape) === sizeOf(shape)) return x.data;
  const result = allocate({ shape, dtype: x.dtype });
  if (x.data.length === 1) return result.fill(x.data[0]!);
  const lead = shape.length - x.shape.length;
  const strides = stridesOf(x.shape);
  remap(
    x.data,
    shape.map((n, i) => offsets(n, i < lead || x.shape[i - lead] === 1 ? 0 : strides[i - lead]!)),
    result,
  );
  return result;
}

/** Undoes broadcasting: the sum over all axes along which a tensor of `shape` was repeated to give `tensor`. */
export function sumToShape(tensor: Tensor, shape: Shape): Tensor {
  if (equalShapes(tensor.shape, shape)) return tensor;
  const lead = tensor.rank - shape.length;
  const repeated = tensor.shape.flatMap((n, i) => (i < lead || (shape[i - lead] === 1 && n !== 1) ? [i] : []));
  return tensor.sum(repeated, { keepDims: true }).reshape(shape);
}

/** Zeros of the tensor's element type that read nothing of it. */
export const zeros = (like: Tensor, shape: Shape): Tensor => like.trace.scalar(0, like.dtype).expand(shape);
