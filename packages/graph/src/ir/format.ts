import type { Aval } from "../values.js";

/** `float32[1,3,64,64]`: how types appear in messages and printed graphs. */
export function formatAval(aval: Aval): string {
  return `${aval.dtype}[${aval.shape.join(",")}]`;
}
