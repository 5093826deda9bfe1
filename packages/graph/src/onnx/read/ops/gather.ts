/** Reading and writing by index. */
import { equalShapes, normalizeAxis, sizeOf, stridesOf } from "../../../ir/shape.js";
import type { Tensor } from "../../../ir/tensor.js";
import { reshaped, toNumbers } from "../../constant.js";
import { take } from "../movement.js";
import { isConstant, rule, type NodeContext, type OpRules, type Value } from "../node-context.js";

type Shape = readonly number[];

/** Indices may count from the end. */
function wrapKnown(node: NodeContext, indices: readonly number[], size: number): number[] {
  return indices.map((index) => {
    const at = index < 0 ? index + size : index;
    if (!(at >= 0 && at < size)) throw node.invalid(`index ${index} is outside an axis of size ${size}`);
    return at;
  });
}

const wrapTraced = (indices: Tensor, size: number): Tensor => indices.less(0).where(indices.add(size), indices);

function gather(node: NodeContext): Value {
  const [data, indices] = [node.input(0), node.input(1)];
  const axis = normalizeAxis("Gather", node.attrs.int("axis", 0), data.shape.length);
  const size = data.shape[axis]!;
  if (isConstant(indices)) return take(node, data, axis, wrapKnown(node, toNumbers(indices), size), indices.shape);
  return node.lift(data).gather(wrapTraced(indices, size), axis);
}

/** Row numbers as an int32 tensor. */
function rows(node: NodeContext, shape: Shape, at: (flat: number) => number): Tensor {
  const length = sizeOf(shape);
  if (!node.services.mayFold(length)) throw node.unsupported(`${length} indices are too many`);
  return node.builder.constant({ shape, dtype: "int32", data: Int32Array.from({ length }, (_, i) => at(i)) });
}

/** Offsets into the flattened data for GatherElements and ScatterElements: own coordinates except along the axis. */
function elementOffsets(node: NodeContext, indices: Tensor, shape: Shape, axis: number): Tensor {
  if (indices.shape.length !== shape.length)
    throw node.invalid(`indices [${indices.shape.join(",")}] and data [${shape.join(",")}] differ in rank`);
  if (indices.shape.some((n, i) => i !== axis && n > shape[i]!))
    throw node.invalid(`indices [${indices.shape.join(",")}] exceed data [${shape.join(",")}]`);
  const strides = stridesOf(shape);
  const own = stridesOf(indices.shape);
  const base = rows(node, indices.shape, (flat) =>
    indices.shape.reduce((sum, n, i) => (i === axis ? sum : sum + (Math.floor(flat / own[i]!) % n) * strides[i]!), 0),
  );
  return wrapTraced(indices, shape[axis]!).mul(strides[axis]!).add(base);
}

function gatherElements(node: NodeContext): Value {
  const [data, indices] = [node.tensor(0), node.tensor(1)];
  const axis = normalizeAxis("GatherElements", node.attrs.int("axis", 0), data.rank);
  return data.reshape([data.size]).gather(elementOffsets(node, indices, data.shape, axis), 0);
}

/** Row of the data, flattened over its first `batch + depth` axes, for each index vector of GatherND and ScatterND. */
function rowOffsets(node: NodeContext, indices: Tensor, shape: Shape, batch: number): { readonly offsets: Tensor; readonly depth: number } {
  const depth = indices.shape.at(-1);
  if (depth === undefined || depth + batch > shape.length)
    throw node.invalid(`indices [${indices.shape.join(",")}] are too deep for data [${shape.join(",")}]`);
  const indexed = shape.slice(batch, batch + depth);
  const strides = stridesOf(indexed);
  const lead = indices.shape.slice(0, -1);
  let offsets = rows(node, lead, (flat) => Math.floor(flat / sizeOf(lead.slice(batch))) * sizeOf(indexed));
  indexed.forEach((size, i) => {
    const column = indices.sliceAxis(-1, i, i + 1).reshape(lead);
    offsets = offsets.add(wrapTraced(column, size).mul(strides[i]!));
  });
  return { offsets, depth };
}

function gatherNd(node: NodeContext): Value {
  const [data, indices] = [node.tensor(0), node.tensor(1)];
  const batch = node.attrs.int("batch_dims", 0);
  if (!equalShapes(data.shape.slice(0, batch), indices.shape.slice(0, batch)))
    throw node.invalid("the batch axes of data and indices differ");
  const { offsets, depth } = rowOffsets(node, indices, data.shape, batch);
  const cell = data.shape.slice(batch + depth);
  return data.reshape([sizeOf(data.shape.slice(0, batch + depth)), ...cell]).gather(offsets, 0);
}

/** Writes rows; without a reduction each row has at most one writer, as the standard demands. */
function scatterRows(node: NodeContext, data: Tensor, offsets: Tensor, updates: Tensor): Tensor {
  const reduction = node.attrs.string("reduction", "none");
  if (reduction === "add") return data.scatterAdd(offsets, updates, 0);
  if (reduction !== "none") throw node.unsupported(`reduction ${reduction}`);
  if (data.dtype === "bool") return scatterRows(node, data.cast("int32"), offsets, updates.cast("int32")).cast("bool");
  const zeros = node.scalar(0, data.dtype).expand(data.shape);
  const marks = node.scalar(0, "int32").expand([data.shape[0]!]).scatterAdd(offsets, node.scalar(1, "int32").expand(offsets.shape), 0);
  const written = marks.greater(0).reshape([data.shape[0]!, ...data.shape.slice(1).map(() => 1)]);
  return written.where(zeros.scatterAdd(offsets, updates, 0), data);
}

function scatterElements(node: NodeContext): Value {
  const [data, indices, updates] = [node.tensor(0), node.tensor(1), node.tensor(2)];
  const axis = normalizeAxis("ScatterElements", node.attrs.int("axis", 0), data.rank);
  if (!equalShapes(indices.shape, updates.shape))
    throw node.invalid(`indices [${indices.shape.join(",")}] and updates [${updates.shape.join(",")}] differ`);
  const offsets = elementOffsets(node, indices, data.shape, axis).reshape([indices.size]);
  return scatterRows(node, data.reshape([data.size]), offsets, updates.reshape([updates.size])).reshape(data.shape);
}

function scatterNd(node: NodeContext): Value {
  const [data, indices, updates] = [node.tensor(0), node.tensor(1), node.tensor(2)];
  const { offsets, depth } = rowOffsets(node, indices, data.shape, 0);
  const cell = data.shape.slice(depth);
  const flat = scatterRows(
    node,
    data.reshape([sizeOf(data.shape.slice(0, depth)), ...cell]),
    offsets.reshape([offsets.size]),
    updates.reshape([offsets.size, ...cell]),
  );
  return flat.reshape(data.shape);
}

/** Entries where a known condition holds. */
function compress(node: NodeContext): Value {
  const x = node.input(0);
  const condition = toNumbers(node.constant(1, "the condition"));
  const kept = condition.flatMap((c, i) => (c === 0 ? [] : [i]));
  if (!node.attrs.has("axis")) {
    const flat = isConstant(x) ? reshaped(x, [sizeOf(x.shape)]) : x.reshape([x.size]);
    return take(node, flat, 0, wrapKnown(node, kept, sizeOf(x.shape)), [kept.length]);
  }
  const axis = normalizeAxis("Compress", node.attrs.int("axis", 0), x.shape.length);
  return take(node, x, axis, wrapKnown(node, kept, x.shape[axis]!), [kept.length]);
}

export const gathers: OpRules = {
  Gather: rule(gather),
  GatherElements: rule(gatherElements),
  GatherND: rule(gatherNd),
  ScatterElements: rule(scatterElements),
  Scatter: rule(scatterElements),
  ScatterND: rule(scatterNd),
  Compress: rule(compress),
};
