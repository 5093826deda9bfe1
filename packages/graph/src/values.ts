/** What a value is: abstractly, on the host, on a device. */

/** Element types of the graph language. Files with other types are converted when they are read. */
export type DType = "float32" | "int32" | "bool";

/** Shape and element type: everything that is known about a value before it is computed. */
export interface Aval {
  readonly shape: readonly number[];
  readonly dtype: DType;
}

/** A concrete array in host memory, row-major; `bool` holds 0 or 1 in bytes. */
export interface HostTensor extends Aval {
  readonly data: Float32Array | Int32Array | Uint8Array;
}

/**
 * The float32 array of a length whose entries a function gives. `Float32Array.from` with a function takes thirty times as long on the
 * millions of values of a picture, since it walks them as an iterator.
 */
export function float32Array(length: number, entry: (index: number) => number): Float32Array<ArrayBuffer> {
  const made = new Float32Array(length);
  for (let i = 0; i < length; i++) made[i] = entry(i);
  return made;
}

/** A concrete array wherever the backend keeps it. Whoever receives it disposes it. */
export interface DeviceTensor extends Aval, Disposable {
  read(): Promise<HostTensor>;
}
