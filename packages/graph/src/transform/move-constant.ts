import type { HostTensor } from "../values.js";
import { isOp, type Node } from "../ir/graph.js";
import { offsets, remap, type OffsetTable } from "../ir/ops/data.js";
import { sizeOf, stridesOf } from "../ir/shape.js";

/** The result of an operation that only moves elements, in the constant's own type; undefined for other operations. */
export function movedConstant(node: Node, value: HostTensor): HostTensor | undefined {
  const { shape, dtype } = node.aval;
  if (isOp(node, "Reshape")) return { shape, dtype, data: value.data };
  const tables = tablesOf(node, value.shape);
  if (tables === undefined) return undefined;
  const source = value.data;
  const data = new (source.constructor as new (length: number) => HostTensor["data"])(sizeOf(shape));
  remap(source, tables, data);
  return { shape, dtype, data };
}

/** Where the elements along every axis of the result come from. */
function tablesOf(node: Node, from: readonly number[]): readonly OffsetTable[] | undefined {
  const strides = stridesOf(from);
  if (isOp(node, "Transpose")) return node.attrs.permutation.map((axis) => offsets(from[axis]!, strides[axis]!));
  if (!isOp(node, "Slice")) return undefined;
  const { starts, steps } = node.attrs;
  return node.aval.shape.map((count, axis) => offsets(count, strides[axis]!, starts[axis], steps[axis]));
}
