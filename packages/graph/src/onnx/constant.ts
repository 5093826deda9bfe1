/** Arrays known while a file is read: weights, shapes and everything computed from them. */
import { errors } from "../error-codes.js";
import { markStored, storedElements, storedTensor, type StoredElements } from "../stored.js";
import type { HostTensor } from "../values.js";
import { sizeOf } from "../ir/shape.js";
import { graphType, isFloat, isWideInteger, type ElementType } from "./element-type.js";

export type ConstantData = Float32Array | Float64Array | Int32Array | BigInt64Array | Uint8Array;

/**
 * An array with the element type of the file. 64-bit integers stay exact, since files use the largest one to say "to the end".
 * Memory: float16, bfloat16 and float32 in Float32Array, float64 in Float64Array, bool in Uint8Array, 32-bit unsigned and
 * 64-bit integers in BigInt64Array, smaller integers in Int32Array.
 */
export interface Constant {
  readonly shape: readonly number[];
  readonly type: ElementType;
  readonly data: ConstantData;
}

/** Zeroed memory for `size` elements. */
export function allocate(type: ElementType, size: number): ConstantData {
  if (type === "float64") return new Float64Array(size);
  if (isFloat(type)) return new Float32Array(size);
  if (type === "bool") return new Uint8Array(size);
  return isWideInteger(type) ? new BigInt64Array(size) : new Int32Array(size);
}

/** An array of the given type from numbers; integers may be numbers or bigints. */
export function constantOf(type: ElementType, shape: readonly number[], values: ArrayLike<number | bigint>): Constant {
  const data = allocate(type, sizeOf(shape));
  if (data instanceof BigInt64Array) for (let i = 0; i < data.length; i++) data[i] = BigInt(values[i]!);
  else for (let i = 0; i < data.length; i++) data[i] = Number(values[i]!);
  return { shape, type, data };
}

/** A list of 64-bit integers, as shapes and axes are written. */
export const int64s = (values: readonly number[]): Constant => constantOf("int64", [values.length], values);

/** One 64-bit integer. */
export const int64 = (value: number): Constant => constantOf("int64", [], [value]);

/** The same elements under another shape of equal size. */
export function reshaped(value: Constant, shape: readonly number[]): Constant {
  const elements = storedElements(value);
  return elements === undefined ? { ...value, shape } : storedConstant(elements, shape);
}

/** An array that stays in its file; `data` reads it on every access. */
export function storedConstant(elements: StoredElements, shape: readonly number[]): Constant {
  const value: Constant = {
    shape,
    type: elements.type,
    get data() {
      return elements.read();
    },
  };
  return markStored(value, elements);
}

/** Elements as numbers, saturated where they exceed 2^53: exact for everything that can be a size, an axis or an offset. */
export const toNumbers = ({ data }: Constant): number[] =>
  data instanceof BigInt64Array ? Array.from(data, Number) : Array.from<number>(data);

/**
 * The array in the graph language's types.
 * @throws BAD_ARGUMENT if an integer does not fit 32 bits.
 */
export function toHostTensor(value: Constant): HostTensor {
  const elements = storedElements(value);
  if (elements !== undefined) return storedTensor(elements, value.shape);
  const { shape, type, data } = value;
  const dtype = graphType(type);
  if (data instanceof BigInt64Array) return { shape, dtype, data: narrowed(data) };
  if (data instanceof Float64Array) return { shape, dtype, data: Float32Array.from(data) };
  return { shape, dtype, data };
}

/** An array of the graph language under the type that files use for it. */
export function fromHostTensor(value: HostTensor): Constant {
  const elements = storedElements(value);
  if (elements !== undefined) return storedConstant(elements, value.shape);
  return { shape: value.shape, type: value.dtype, data: value.data };
}

function narrowed(data: BigInt64Array): Int32Array {
  const narrow = new Int32Array(data.length);
  for (let i = 0; i < data.length; i++) {
    const n = data[i]!;
    if (BigInt.asIntN(32, n) !== n) {
      throw errors.BAD_ARGUMENT({
        function: "64-bit integers of an ONNX file",
        expected: "values of at most 32 bits",
        received: String(n),
      });
    }
    narrow[i] = Number(n);
  }
  return narrow;
}
