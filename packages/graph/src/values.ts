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

/** A concrete array wherever the backend keeps it. Whoever receives it disposes it. */
export interface DeviceTensor extends Aval, Disposable {
  read(): Promise<HostTensor>;
}
