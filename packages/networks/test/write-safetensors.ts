import type { Arr } from "./restated/arrays.js";

/** A safetensors file of float32 weights. */
export function safetensorsOf(
  entries: ReadonlyMap<string, Arr>,
  metadata: Readonly<Record<string, string>> = { format: "pt" },
): Uint8Array<ArrayBuffer> {
  const header: Record<string, unknown> = { __metadata__: metadata };
  let at = 0;
  for (const [name, { shape, data }] of entries) header[name] = { dtype: "F32", shape, data_offsets: [at, (at += 4 * data.length)] };
  const text = new TextEncoder().encode(JSON.stringify(header));
  const padded = Math.ceil(text.length / 8) * 8;
  const bytes = new Uint8Array(8 + padded + at);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(padded), true);
  bytes.fill(0x20, 8, 8 + padded);
  bytes.set(text, 8);
  let place = 8 + padded;
  for (const { data } of entries.values()) {
    bytes.set(new Uint8Array(Float32Array.from(data).buffer), place);
    place += 4 * data.length;
  }
  return bytes;
}
