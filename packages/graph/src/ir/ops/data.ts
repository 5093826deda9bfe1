import type { Aval, HostTensor } from "../../values.js";
import type { ReferenceValue } from "../op-def.js";
import { sizeOf } from "../shape.js";
import { errors } from "../../error-codes.js";

type Data = ReferenceValue["data"] | HostTensor["data"];

/** Zeros for a value of the given type, in the interpreter's precision. */
export function allocate(aval: Aval): ReferenceValue["data"] {
  const size = sizeOf(aval.shape);
  switch (aval.dtype) {
    case "float32":
      return new Float64Array(size);
    case "int32":
      return new Int32Array(size);
    case "bool":
      return new Uint8Array(size);
    default:
      return aval.dtype satisfies never;
  }
}

/** The data of a float operand; rules that call it have checked the element type in `infer`. @throws BAD_ARGUMENT for other types */
export function floatData({ data, dtype }: ReferenceValue): Float64Array {
  if (data instanceof Float64Array) return data;
  throw errors.BAD_ARGUMENT({ function: "floatData", expected: "a value of type float32", received: dtype });
}

/** Source offset that each index of one axis contributes; a negative entry lies outside the source. */
export type OffsetTable = Int32Array;

/** Offsets `(start + i step) stride` for i below `count`. */
export function offsets(count: number, stride: number, start = 0, step = 1): OffsetTable {
  const table = new Int32Array(count);
  for (let i = 0; i < count; i++) table[i] = (start + i * step) * stride;
  return table;
}

/**
 * Copies `source` into `target` in the order of the target's indices: the element at (i, j, ...) comes from
 * `tables[0][i] + tables[1][j] + ...`, or is `fill` where any of them is outside. Every movement op is such a copy.
 */
export function remap(source: Data, tables: readonly OffsetTable[], target: Data, fill = 0): void {
  if (tables.length === 0) {
    target[0] = source[0]!;
    return;
  }
  let position = 0;
  const visit = (axis: number, offset: number): void => {
    const table = tables[axis]!;
    if (axis < tables.length - 1) {
      for (let i = 0; i < table.length; i++) visit(axis + 1, offset < 0 || table[i]! < 0 ? -1 : offset + table[i]!);
      return;
    }
    for (let i = 0; i < table.length; i++) {
      const step = table[i]!;
      target[position++] = offset < 0 || step < 0 ? fill : source[offset + step]!;
    }
  };
  visit(0, 0);
}

/** How a shape splits around one axis: `outer` blocks of `length` rows of `inner` elements. */
export interface AxisView {
  readonly outer: number;
  readonly length: number;
  readonly inner: number;
}

export function axisView(shape: readonly number[], axis: number): AxisView {
  return { outer: sizeOf(shape.slice(0, axis)), length: shape[axis]!, inner: sizeOf(shape.slice(axis + 1)) };
}
