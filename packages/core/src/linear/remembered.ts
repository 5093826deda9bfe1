import { createHash } from "node:crypto";
import { keptBytes } from "@leader/graph";
import type { DenseMatrix } from "./dense.js";

/** To be raised with every change by which a decomposition has other digits: what was kept before is then not found. */
const edition = 2;
/** Milliseconds of computing from which a result is worth a file. */
const worthMs = 20;

/** How a result is made, and what arrays it consists of. */
export interface Remembered<T> {
  readonly compute: () => T;
  /** Undefined: not to be kept. */
  readonly arrays: (made: T) => readonly Float64Array[] | undefined;
  /** The result of arrays that were kept, or undefined where they do not fit. */
  readonly made: (arrays: readonly Float64Array[]) => T | undefined;
}

/**
 * What a matrix and settings lead to: from the place where this process keeps things (`keepIn`), or computed and left there. The arrays
 * are kept to the last bit, so that a result does not depend on where it came from; without a place it is always computed.
 */
export function remembered<T>(kind: string, matrix: DenseMatrix, settings: readonly number[], { compute, arrays, made }: Remembered<T>): T {
  const store = keptBytes();
  if (store === undefined) return compute();
  const key = keyOf(kind, matrix, settings);
  const bytes = store.get(key);
  const known = bytes === undefined ? undefined : made(arraysOf(bytes));
  if (known !== undefined) return known;
  const start = performance.now();
  const computed = compute();
  const list = performance.now() - start < worthMs ? undefined : arrays(computed);
  if (list !== undefined) store.put(key, bytesOf(list));
  return computed;
}

/** The functions of `Math` may differ in their last digit between versions of the engine. */
function keyOf(kind: string, { rows, columns, data }: DenseMatrix, settings: readonly number[]): string {
  const hash = createHash("sha256").update(JSON.stringify([kind, edition, rows, columns, settings, process.versions.v8, process.arch]));
  return `${kind}-${hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength)).digest("hex")}`;
}

/** The number of arrays and their lengths, and then their values, all as float64. */
function bytesOf(arrays: readonly Float64Array[]): Uint8Array {
  const head = [arrays.length, ...arrays.map(({ length }) => length)];
  const all = new Float64Array(head.length + arrays.reduce((sum, { length }) => sum + length, 0));
  all.set(head);
  let at = head.length;
  for (const array of arrays) {
    all.set(array, at);
    at += array.length;
  }
  return new Uint8Array(all.buffer);
}

/** Empty where the bytes are no arrays. */
function arraysOf(bytes: Uint8Array): readonly Float64Array[] {
  if (bytes.byteLength === 0 || bytes.byteLength % Float64Array.BYTES_PER_ELEMENT !== 0) return [];
  // A copy lies where float64 can be read.
  const all = new Float64Array(new Uint8Array(bytes).buffer);
  const count = all[0]!;
  const lengths = all.subarray(1, 1 + count);
  if (1 + count + lengths.reduce((sum, length) => sum + length, 0) !== all.length) return [];
  let at = 1 + count;
  return Array.from(lengths, (length) => all.subarray(at, (at += length)));
}
