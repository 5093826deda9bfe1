import { fromBfloat16, fromHalves, StoredElements, type StoredType } from "@leader/graph";
import { errors } from "../error-codes.js";
import { allocate, type Elements, type ElementType } from "./element-type.js";
import type { Source } from "./source.js";

/** A tensor that lies in a file: known by type and shape, read when asked for. */
export interface StoredTensor {
  readonly type: ElementType;
  readonly shape: readonly number[];
  /** The elements as stored, row-major; a view on the bytes that were read where that is possible. */
  elements(): Promise<Elements>;
  /** Where they lie, if one after another in a file as they are: such weights need not be read. */
  readonly place?: StoredElements;
  /** Compares the bytes at `place` with what the file states of them, which reading `elements` does by itself. */
  check?(): Promise<void>;
}

const storable: ReadonlySet<ElementType> = new Set<ElementType>(["float32", "float16", "bfloat16", "float64"] satisfies StoredType[]);

/** Elements of a file from a byte on, if the source is a file and the graph language can take them from there. */
export const placeIn = ({ file }: Source, offset: number, type: ElementType, size: number): { readonly place?: StoredElements } =>
  file === undefined || !storable.has(type) || size === 0 ? {} : { place: new StoredElements(file, offset, type as StoredType, size) };

/** A weight in the type of the graph language. Float32 stays the memory that was read. @throws CHECKPOINT_TYPE. */
export async function float32Of(file: string, name: string, tensor: StoredTensor): Promise<Float32Array> {
  const elements = await tensor.elements();
  if (elements instanceof Float32Array) return elements;
  if (elements instanceof Float64Array) return Float32Array.from(elements);
  if (elements instanceof Uint16Array) return tensor.type === "float16" ? fromHalves(elements) : fromBfloat16(elements);
  throw errors.CHECKPOINT_TYPE({ file, tensor: name, type: tensor.type });
}

/** Elements of a view with strides in row-major order. `strides` and `offset` count elements and have been checked. */
export function rowMajor(type: ElementType, all: Elements, shape: readonly number[], strides: readonly number[], offset: number): Elements {
  const size = shape.reduce((a, b) => a * b, 1);
  if (isRowMajor(shape, strides)) return all.subarray(offset, offset + size);
  const copy = allocate(type, size);
  const index = shape.map(() => 0);
  let from = offset;
  for (let at = 0; at < size; at++) {
    copy[at] = all[from]!;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      index[axis]!++;
      from += strides[axis]!;
      if (index[axis]! < shape[axis]!) break;
      from -= strides[axis]! * shape[axis]!;
      index[axis] = 0;
    }
  }
  return copy;
}

/** True if the elements of a view follow one another: no copy is needed. */
export function isRowMajor(shape: readonly number[], strides: readonly number[]): boolean {
  let expected = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (shape[axis]! > 1 && strides[axis] !== expected) return false;
    expected *= shape[axis]!;
  }
  return true;
}
