/** Exact arithmetic on integer constants: the shape arithmetic of files, in 64 bits as they mean it. */
import { broadcastShapes, sizeOf, stridesOf } from "../../ir/shape.js";
import { allocate, type Constant } from "../constant.js";
import { isFloat, isWideInteger, type ElementType } from "../element-type.js";
import { NodeProblem } from "./attributes.js";

type Shape = readonly number[];
type Integer = (x: bigint, y: bigint) => bigint;

export const isInteger = (value: Constant): boolean => !isFloat(value.type) && value.type !== "bool";

function nonZero(y: bigint): bigint {
  if (y === 0n) throw new NodeProblem("invalid", "division of an integer by zero");
  return y;
}

const integerOps: Readonly<Record<string, Integer>> = {
  Add: (x, y) => x + y,
  Sub: (x, y) => x - y,
  Mul: (x, y) => x * y,
  Div: (x, y) => x / nonZero(y),
  // The sign of the divisor, as in Python.
  Mod: (x, y) => ((x % nonZero(y)) + y) % y,
  Max: (x, y) => (x > y ? x : y),
  Min: (x, y) => (x < y ? x : y),
};

const comparisons: Readonly<Record<string, (x: bigint, y: bigint) => boolean>> = {
  Equal: (x, y) => x === y,
  Less: (x, y) => x < y,
  LessOrEqual: (x, y) => x <= y,
  Greater: (x, y) => x > y,
  GreaterOrEqual: (x, y) => x >= y,
};

/** Offsets into an operand for every element of the broadcast shape. */
function broadcastOffsets(from: Shape, to: Shape): Int32Array {
  const strides = stridesOf(from);
  const lead = to.length - from.length;
  const outer = stridesOf(to);
  return Int32Array.from({ length: sizeOf(to) }, (_, flat) => {
    let offset = 0;
    for (let axis = lead; axis < to.length; axis++) {
      if (from[axis - lead] !== 1) offset += (Math.floor(flat / outer[axis]!) % to[axis]!) * strides[axis - lead]!;
    }
    return offset;
  });
}

function elementwise(op: string, a: Constant, b: Constant, type: ElementType, f: Integer): Constant {
  const shape = broadcastShapes(op, a.shape, b.shape);
  const [left, right] = [broadcastOffsets(a.shape, shape), broadcastOffsets(b.shape, shape)];
  const data = allocate(type, sizeOf(shape));
  const wide = data instanceof BigInt64Array;
  for (let i = 0; i < data.length; i++) {
    const value = f(BigInt(a.data[left[i]!]!), BigInt(b.data[right[i]!]!));
    data[i] = wide ? BigInt.asIntN(64, value) : wrap(value, type);
  }
  return { shape, type, data };
}

/** Integers narrower than 32 bits wrap around in the file's arithmetic. */
function wrap(value: bigint, type: ElementType): number {
  switch (type) {
    case "int8":
      return Number(BigInt.asIntN(8, value));
    case "int16":
      return Number(BigInt.asIntN(16, value));
    case "uint8":
      return Number(BigInt.asUintN(8, value));
    case "uint16":
      return Number(BigInt.asUintN(16, value));
    case "bool":
      return Number(value);
    default:
      return Number(BigInt.asIntN(32, value));
  }
}

/** The result of an arithmetic operation or comparison on two integer constants, or undefined if the op is neither. */
export function integerBinary(op: string, a: Constant, b: Constant): Constant | undefined {
  const arithmetic = integerOps[op];
  if (arithmetic !== undefined) return elementwise(op, a, b, isWideInteger(b.type) && !isWideInteger(a.type) ? b.type : a.type, arithmetic);
  const compare = comparisons[op];
  return compare === undefined ? undefined : elementwise(op, a, b, "bool", (x, y) => (compare(x, y) ? 1n : 0n));
}

/** Where(condition, a, b) on constants of one type. */
export function selectConstant(condition: Constant, a: Constant, b: Constant): Constant {
  const shape = broadcastShapes("Where", condition.shape, a.shape, b.shape);
  const offsetsOf = (value: Constant): Int32Array => broadcastOffsets(value.shape, shape);
  const [when, left, right] = [offsetsOf(condition), offsetsOf(a), offsetsOf(b)];
  const data = allocate(a.type, sizeOf(shape));
  const [conditions, yes, no] = [condition.data, a.data, b.data];
  for (let i = 0; i < data.length; i++) data[i] = (conditions[when[i]!] === 1 ? yes[left[i]!] : no[right[i]!])!;
  return { shape, type: a.type, data };
}

const limits: Readonly<Partial<Record<ElementType, readonly [bigint, bigint]>>> = {
  int64: [-(2n ** 63n), 2n ** 63n - 1n],
  uint64: [0n, 2n ** 63n - 1n],
  uint32: [0n, 2n ** 32n - 1n],
};

/** A constant under another element type: floats are truncated towards zero, out-of-range ones saturate. */
export function castConstant(value: Constant, type: ElementType): Constant {
  if (value.type === type) return value;
  const data = allocate(type, value.data.length);
  const source = value.data;
  if (type === "bool") for (let i = 0; i < data.length; i++) data[i] = Number(source[i]!) === 0 ? 0 : 1;
  else if (data instanceof BigInt64Array) for (let i = 0; i < data.length; i++) data[i] = widened(source[i]!, type);
  else if (isFloat(type)) for (let i = 0; i < data.length; i++) data[i] = Number(source[i]!);
  else for (let i = 0; i < data.length; i++) data[i] = wrap(widened(source[i]!, "int64"), type);
  return { shape: value.shape, type, data };
}

function widened(value: number | bigint, type: ElementType): bigint {
  if (typeof value === "bigint") return value;
  const [low, high] = limits[type] ?? limits.int64!;
  if (Number.isNaN(value)) return 0n;
  if (value >= Number(high)) return high;
  if (value <= Number(low)) return low;
  return BigInt(Math.trunc(value));
}

/** Folds an axis set of an integer constant with an associative operation. */
export function integerReduce(
  value: Constant,
  axes: readonly number[],
  keepDims: boolean,
  start: bigint | undefined,
  f: Integer,
): Constant {
  const shape = value.shape.flatMap((n, i) => (axes.includes(i) ? (keepDims ? [1] : []) : [n]));
  const kept = value.shape.map((n, i) => (axes.includes(i) ? 1 : n));
  const [strides, target] = [stridesOf(value.shape), stridesOf(kept)];
  const partial = new Map<number, bigint>();
  for (let flat = 0; flat < value.data.length; flat++) {
    let at = 0;
    for (let axis = 0; axis < kept.length; axis++)
      if (kept[axis] !== 1) at += (Math.floor(flat / strides[axis]!) % kept[axis]!) * target[axis]!;
    const x = BigInt(value.data[flat]!);
    const known = partial.get(at) ?? start;
    partial.set(at, known === undefined ? x : f(known, x));
  }
  const data = allocate(value.type, sizeOf(shape));
  for (let i = 0; i < data.length; i++) {
    const result = partial.get(i) ?? start;
    if (result === undefined) throw new NodeProblem("invalid", "the extreme of no elements is not defined");
    data[i] = data instanceof BigInt64Array ? BigInt.asIntN(64, result) : wrap(result, value.type);
  }
  return { shape, type: value.type, data };
}

/** The arithmetic of `integerReduce` by operation. */
export const reductions: Readonly<Record<string, { readonly start?: bigint; readonly f: Integer }>> = {
  ReduceSum: { start: 0n, f: (x, y) => x + y },
  ReduceProd: { start: 1n, f: (x, y) => x * y },
  ReduceMax: { f: (x, y) => (x > y ? x : y) },
  ReduceMin: { f: (x, y) => (x < y ? x : y) },
};
