import { createHash } from "node:crypto";
import type { HostTensor } from "@leader/graph";

/**
 * The number of a picture as part of the key of its noise, made of its content: the same picture or measurement draws the same noise
 * alone, in any folder and in any order. From 0 to 2^31 - 1.
 */
export function contentKey({ shape, dtype, data }: HostTensor): number {
  const hash = createHash("sha256").update(`${dtype}[${shape.join()}]`);
  hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  return hash.digest().readUInt32LE(0) >>> 1;
}
