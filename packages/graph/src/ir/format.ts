import type { Aval } from "../contract/tensor.js";

/** `float32[1,3,64,64]`: how types appear in messages and printed graphs. */
export function formatAval(aval: Aval): string {
  return `${aval.dtype}[${aval.shape.join(",")}]`;
}
