/** Movement of values that may be constants: exact on 64-bit integers, traced otherwise. */
import { sizeOf, stridesOf } from "../../ir/shape.js";
import { storedElements } from "../../stored.js";
import { allocate, reshaped, type Constant } from "../constant.js";
import { graphType, isWideInteger } from "../element-type.js";
import { castConstant } from "./integer.js";
import { isConstant, type NodeContext, type Value } from "./node-context.js";

type Shape = readonly number[];

/** Elements of `source` at the offsets that `tables` give per axis of `shape`. */
function pick(source: Constant, shape: Shape, tables: readonly Int32Array[]): Constant {
  const data = allocate(source.type, sizeOf(shape));
  const from = source.data;
  let position = 0;
  const visit = (axis: number, offset: number): void => {
    if (axis === tables.length) {
      data[position++] = from[offset]!;
      return;
    }
    for (const step of tables[axis]!) visit(axis + 1, offset + step);
  };
  if (data.length > 0) visit(0, 0);
  return { shape, type: source.type, data };
}

const table = (count: number, offsetOf: (i: number) => number): Int32Array => Int32Array.from({ length: count }, (_, i) => offsetOf(i));

/** Constants stay constants while the result is small enough to be computed now; what stays in its file is left to the backend. */
const folds = (node: NodeContext, value: Value, size: number): value is Constant =>
  isConstant(value) && storedElements(value) === undefined && node.services.mayFold(size);

export function reshape(node: NodeContext, value: Value, shape: Shape): Value {
  if (sizeOf(shape) !== sizeOf(value.shape)) throw node.invalid(`[${value.shape.join(",")}] does not reshape to [${shape.join(",")}]`);
  return isConstant(value) ? reshaped(value, shape) : value.reshape(shape);
}

export function transpose(node: NodeContext, value: Value, permutation: Shape): Value {
  const valid = permutation.length === value.shape.length && [...permutation].sort((a, b) => a - b).every((axis, i) => axis === i);
  if (!valid) throw node.invalid(`[${permutation.join(",")}] is not a permutation of the axes of [${value.shape.join(",")}]`);
  if (!folds(node, value, sizeOf(value.shape))) return node.lift(value).transpose(permutation);
  const strides = stridesOf(value.shape);
  const shape = permutation.map((axis) => value.shape[axis]!);
  return pick(
    value,
    shape,
    permutation.map((axis) => table(value.shape[axis]!, (i) => i * strides[axis]!)),
  );
}

/** One start, end and step per axis, already clamped as the graph language wants them. */
export function slice(node: NodeContext, value: Value, starts: Shape, ends: Shape, steps: Shape): Value {
  const shape = value.shape.map((_, i) => Math.max(0, Math.ceil((ends[i]! - starts[i]!) / steps[i]!)));
  if (shape.every((n, i) => n === value.shape[i] && steps[i] === 1)) return value;
  if (!folds(node, value, sizeOf(shape))) return node.lift(value).slice(starts, ends, steps);
  const strides = stridesOf(value.shape);
  return pick(
    value,
    shape,
    shape.map((n, axis) => table(n, (i) => (starts[axis]! + i * steps[axis]!) * strides[axis]!)),
  );
}

export function sliceAxis(node: NodeContext, value: Value, axis: number, start: number, end: number): Value {
  const at = (other: (n: number) => number, here: number): number[] => value.shape.map((n, i) => (i === axis ? here : other(n)));
  return slice(
    node,
    value,
    at(() => 0, start),
    at((n) => n, end),
    value.shape.map(() => 1),
  );
}

export function expand(node: NodeContext, value: Value, shape: Shape): Value {
  if (!folds(node, value, sizeOf(shape))) return node.lift(value).expand(shape);
  const strides = stridesOf(value.shape);
  const lead = shape.length - value.shape.length;
  return pick(
    value,
    shape,
    shape.map((n, axis) => table(n, (i) => (axis < lead || value.shape[axis - lead] === 1 ? 0 : i * strides[axis - lead]!))),
  );
}

export function concat(node: NodeContext, values: readonly Value[], axis: number): Value {
  const first = values[0];
  if (first === undefined) throw node.invalid("there is nothing to join");
  if (values.length === 1) return first;
  const size = values.reduce((sum, v) => sum + sizeOf(v.shape), 0);
  const known = values.filter(isConstant);
  const agree = values.every((v) => v.shape.length === first.shape.length && v.shape.every((n, i) => i === axis || n === first.shape[i]));
  if (!agree) throw node.invalid(`shapes ${values.map((v) => `[${v.shape.join(",")}]`).join(" and ")} differ outside axis ${axis}`);
  const inMemory = known.every((value) => storedElements(value) === undefined);
  if (known.length < values.length || !inMemory || !node.services.mayFold(size)) {
    const [head, ...rest] = values.map((v) => node.lift(v));
    return head!.concat(rest, axis);
  }
  return joined(node, known, axis);
}

function joined(node: NodeContext, parts: readonly Constant[], axis: number): Constant {
  const first = parts[0]!;
  // Integers computed while reading may be narrower than the file says; the widest wins.
  const type = parts.find((part) => isWideInteger(part.type))?.type ?? first.type;
  if (parts.some((part) => graphType(part.type) !== graphType(type)))
    throw node.invalid(`element types ${parts.map((p) => p.type).join(" and ")} differ`);
  const shape = first.shape.map((n, i) => (i === axis ? parts.reduce((sum, p) => sum + p.shape[axis]!, 0) : n));
  const data = allocate(type, sizeOf(shape));
  const sources = parts.map((part) => castConstant(part, type).data);
  const inner = sizeOf(shape.slice(axis + 1));
  const outer = sizeOf(shape.slice(0, axis));
  let position = 0;
  for (let row = 0; row < outer; row++) {
    parts.forEach((part, p) => {
      const run = part.shape[axis]! * inner;
      for (let i = 0; i < run; i++) data[position++] = sources[p]![row * run + i]!;
    });
  }
  return { shape, type, data };
}

/** Entries of one axis by known, non-negative indices: the shape of `indices` takes the place of the axis. */
export function take(node: NodeContext, value: Value, axis: number, indices: readonly number[], indexShape: Shape): Value {
  const shape = [...value.shape.slice(0, axis), ...indexShape, ...value.shape.slice(axis + 1)];
  if (folds(node, value, sizeOf(shape))) {
    const strides = stridesOf(value.shape);
    const flat = value.shape.map((n, i) => (i === axis ? indices.length : n));
    const tables = flat.map((n, i) => table(n, (j) => (i === axis ? indices[j]! : j) * strides[i]!));
    return reshaped(pick(value, flat, tables), shape);
  }
  const tensor = node.lift(value);
  const first = indices[0];
  // A run of neighbours is a slice, which every backend does faster than a gather.
  if (first !== undefined && indices.every((index, i) => index === first + i))
    return tensor.sliceAxis(axis, first, first + indices.length).reshape(shape);
  return tensor.gather(node.builder.constant({ shape: indexShape, dtype: "int32", data: Int32Array.from(indices) }), axis);
}
