/** Constants, shapes and types: what files compute sizes from. */
import { sizeOf, normalizeAxis } from "../../../ir/shape.js";
import { storedElements } from "../../../stored.js";
import { constantOf, int64, int64s, type Constant } from "../../constant.js";
import { dataTypeName, elementType, graphType, isFloat, type ElementType } from "../../element-type.js";
import { castConstant } from "../integer.js";
import { expand } from "../movement.js";
import { dtypeOf, isConstant, rule, type NodeContext, type OpRules, type Value } from "../node-context.js";

function constant(node: NodeContext): Constant {
  const { attrs } = node;
  const tensor = attrs.tensor("value");
  if (tensor !== undefined) return node.services.constant(tensor);
  if (attrs.has("value_float")) return constantOf("float32", [], [attrs.float("value_float", 0)]);
  const int = attrs.wideInt("value_int");
  if (int !== undefined) return constantOf("int64", [], [int]);
  const floats = attrs.floats("value_floats");
  if (floats !== undefined) return constantOf("float32", [floats.length], floats);
  const ints = attrs.wideInts("value_ints");
  if (ints !== undefined) return constantOf("int64", [ints.length], ints);
  throw node.unsupported("the value is a string or a sparse tensor");
}

/** A filled array; large ones are left to the graph as a broadcast number. */
function constantOfShape(node: NodeContext): Value {
  const shape = sizes(node, node.ints(0, "the shape"));
  const proto = node.attrs.tensor("value");
  const value = proto === undefined ? constantOf("float32", [1], [0]) : node.services.constant(proto);
  if (value.data.length !== 1) throw node.invalid(`the fill value should be one element, but holds ${value.data.length}`);
  return expand(node, { ...value, shape: [] }, shape);
}

function sizes(node: NodeContext, shape: readonly number[]): readonly number[] {
  if (shape.some((n) => !Number.isSafeInteger(n) || n < 0)) throw node.invalid(`[${shape.join(",")}] is not a shape`);
  return shape;
}

function shape(node: NodeContext): Constant {
  const dims = node.input(0).shape;
  const clamp = (n: number): number => Math.min(dims.length, Math.max(0, n < 0 ? n + dims.length : n));
  return int64s(dims.slice(clamp(node.attrs.int("start", 0)), clamp(node.attrs.int("end", dims.length))));
}

function castTo(node: NodeContext, type: ElementType): Value {
  const x = node.input(0);
  // Floats of all widths are float32 in the graph language, so that what stays in its file can stay there.
  if (isConstant(x)) return storedElements(x) !== undefined && isFloat(type) ? node.lift(x) : castConstant(x, type);
  const target = graphType(type);
  // Booleans from floats are a comparison: a cast would drop the fraction first.
  return target === "bool" && x.dtype !== "bool" ? x.equal(0).not() : x.cast(target);
}

function cast(node: NodeContext): Value {
  const to = node.attrs.int("to", 0);
  const type = elementType(to);
  if (type === undefined) throw node.unsupported(`no conversion to ${dataTypeName(to)}`);
  return castTo(node, type);
}

function castLike(node: NodeContext): Value {
  const like = node.input(1);
  return castTo(node, isConstant(like) ? like.type : dtypeOf(like));
}

/** Numbers from start to limit, computed now: their count is a shape. */
function range(node: NodeContext): Constant {
  const [start, limit, delta] = [node.constant(0, "start"), node.constant(1, "limit"), node.constant(2, "delta")];
  const [from, to, by] = [Number(start.data[0]), Number(limit.data[0]), Number(delta.data[0])];
  const count = Math.max(0, Math.ceil((to - from) / by));
  if (!Number.isFinite(count)) throw node.invalid(`range from ${from} to ${to} by ${by} has no end`);
  if (!node.services.mayFold(count)) throw node.unsupported(`a range of ${count} numbers is too long`);
  return constantOf(start.type, [count], filled(count, start, delta));
}

function filled(count: number, start: Constant, delta: Constant): (number | bigint)[] {
  const [from, by] = [start.data[0]!, delta.data[0]!];
  if (typeof from === "bigint" && typeof by === "bigint") return Array.from({ length: count }, (_, i) => from + BigInt(i) * by);
  return Array.from({ length: count }, (_, i) => Number(from) + i * Number(by));
}

function eyeLike(node: NodeContext): Constant {
  const like = node.input(0);
  const [rows, columns] = like.shape;
  if (rows === undefined || columns === undefined || like.shape.length !== 2)
    throw node.invalid(`[${like.shape.join(",")}] is not a matrix`);
  if (!node.services.mayFold(rows * columns)) throw node.unsupported(`a matrix of ${rows} x ${columns} is too large`);
  const type = node.attrs.has("dtype") ? elementType(node.attrs.int("dtype", 0)) : isConstant(like) ? like.type : dtypeOf(like);
  if (type === undefined) throw node.unsupported("the element type is not one of the reader's");
  const diagonal = node.attrs.int("k", 0);
  return constantOf(
    type,
    like.shape,
    Array.from({ length: rows * columns }, (_, i) => ((i % columns) - Math.floor(i / columns) === diagonal ? 1 : 0)),
  );
}

function oneHot(node: NodeContext): Value {
  const indices = node.tensor(0);
  const depth = node.number(1, "depth");
  if (!(depth >= 0) || !node.services.mayFold(depth)) throw node.invalid(`a depth of ${depth}`);
  const values = node.tensor(2);
  const axis = normalizeAxis("OneHot", node.attrs.int("axis", -1), indices.rank + 1);
  const column = indices.cast("int32").reshape([...indices.shape.slice(0, axis), 1, ...indices.shape.slice(axis)]);
  const iotaShape = Array.from({ length: indices.rank + 1 }, (_, i) => (i === axis ? depth : 1));
  const iota = node.builder.constant({ shape: iotaShape, dtype: "int32", data: Int32Array.from({ length: depth }, (_, i) => i) });
  const hit = column.less(0).where(column.add(depth), column).equal(iota);
  return hit.where(values.sliceAxis(0, 1, 2).reshape([]), values.sliceAxis(0, 0, 1).reshape([]));
}

/** The upper or lower triangle of the last two axes: the rest is zero. */
function trilu(node: NodeContext): Value {
  const x = node.tensor(0);
  const [rows, columns] = [x.shape.at(-2), x.shape.at(-1)];
  if (rows === undefined || columns === undefined) throw node.invalid("the operand has no matrix axes");
  const diagonal = node.has(1) ? node.number(1, "k") : 0;
  const upper = node.attrs.flag("upper", true);
  if (!node.services.mayFold(rows * columns)) throw node.unsupported(`a mask of ${rows} x ${columns} is too large`);
  const data = Uint8Array.from({ length: rows * columns }, (_, i) => {
    const offset = (i % columns) - Math.floor(i / columns);
    return (upper ? offset >= diagonal : offset <= diagonal) ? 1 : 0;
  });
  const mask = node.builder.constant({ shape: [rows, columns], dtype: "bool", data });
  if (x.dtype === "bool") return mask.and(x);
  return mask.where(x, 0);
}

/** Coordinates of the elements that are not zero: only where they are known while reading. */
function nonZero(node: NodeContext): Constant {
  const x = node.constant(0, "the operand");
  const strides = x.shape.map((_, axis) => sizeOf(x.shape.slice(axis + 1)));
  const hits = Array.from({ length: x.data.length }, (_, i) => i).filter((i) => Number(x.data[i]) !== 0);
  const data = new BigInt64Array(hits.length * x.shape.length);
  x.shape.forEach((n, axis) => hits.forEach((flat, j) => (data[axis * hits.length + j] = BigInt(Math.floor(flat / strides[axis]!) % n))));
  return { shape: [x.shape.length, hits.length], type: "int64", data };
}

function dropout(node: NodeContext): readonly (Value | undefined)[] {
  const training = node.inputs[2];
  if (training !== undefined && !(isConstant(training) && Number(training.data[0]) === 0))
    throw node.unsupported("dropout in training mode");
  const x = node.input(0);
  const mask = node.outputs[1] === undefined || node.outputs[1] === "" ? undefined : expand(node, constantOf("bool", [], [1]), x.shape);
  return [x, mask];
}

export const shapes: OpRules = {
  Constant: rule(constant),
  ConstantOfShape: rule(constantOfShape),
  Shape: rule(shape),
  Size: rule((node) => int64(sizeOf(node.input(0).shape))),
  Cast: rule(cast),
  CastLike: rule(castLike),
  Identity: rule((node) => node.input(0)),
  Dropout: rule(dropout),
  Range: rule(range),
  EyeLike: rule(eyeLike),
  OneHot: rule(oneHot),
  Trilu: rule(trilu),
  NonZero: rule(nonZero),
};
