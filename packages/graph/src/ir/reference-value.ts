import type { ReferenceValue } from "./op-def.js";
import type { HostTensor } from "../values.js";

/** A host array as the interpreter sees it: floating-point data widened to float64, other data shared. */
export function toReference(value: HostTensor): ReferenceValue {
  const { shape, dtype, data } = value;
  return { shape, dtype, data: data instanceof Float32Array ? new Float64Array(data) : data };
}

/** The interpreter's value as a host array: float64 data rounded once to float32. */
export function toHost(value: ReferenceValue): HostTensor {
  const { shape, dtype, data } = value;
  return { shape, dtype, data: data instanceof Float64Array ? new Float32Array(data) : data };
}
