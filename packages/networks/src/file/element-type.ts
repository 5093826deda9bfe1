/** Element types of checkpoints. */
export type ElementType = "float32" | "float16" | "bfloat16" | "float64" | "int64" | "int32" | "int16" | "int8" | "uint8" | "bool";

export const elementBytes: Readonly<Record<ElementType, number>> = {
  float32: 4,
  float16: 2,
  bfloat16: 2,
  float64: 8,
  int64: 8,
  int32: 4,
  int16: 2,
  int8: 1,
  uint8: 1,
  bool: 1,
};

/** Elements as stored; 16-bit floats are their bits. */
export type Elements = Float32Array | Float64Array | BigInt64Array | Int32Array | Int16Array | Uint16Array | Int8Array | Uint8Array;

const arrays = {
  float32: Float32Array,
  float16: Uint16Array,
  bfloat16: Uint16Array,
  float64: Float64Array,
  int64: BigInt64Array,
  int32: Int32Array,
  int16: Int16Array,
  int8: Int8Array,
  uint8: Uint8Array,
  bool: Uint8Array,
} as const;

/** The bytes as an array of their type: a view where their place in memory allows it, else a copy. Little-endian, as all files and machines here. */
export function elementsOf(type: ElementType, bytes: Uint8Array<ArrayBuffer>): Elements {
  const aligned = bytes.byteOffset % elementBytes[type] === 0 ? bytes : new Uint8Array(bytes);
  return new arrays[type](aligned.buffer, aligned.byteOffset, bytes.length / elementBytes[type]);
}

/** Zeroed memory for `size` elements. */
export const allocate = (type: ElementType, size: number): Elements => new arrays[type](size);

/** Number of elements of a shape, or undefined where it is no product of sizes or beyond what numbers count exactly. */
export function checkedSize(shape: readonly number[]): number | undefined {
  let size = 1n;
  for (const n of shape) {
    if (!Number.isSafeInteger(n) || n < 0) return undefined;
    size *= BigInt(n);
    // A later 0 would make the product small again: sizes that overflow on the way are refused all the same.
    if (size > BigInt(Number.MAX_SAFE_INTEGER)) return undefined;
  }
  return Number(size);
}
