import { viewOf } from "./tiff-directory.js";

/** Boxes of HEIF files. Source: ISO/IEC 14496-12, 4.2. */

/** Bytes of a file from a place on: as many as are asked for, or those up to its end. */
export type BytesAt = (at: number, length: number) => Promise<Uint8Array>;

/** Those of a file that is in memory. */
export const bytesOfWhole =
  (bytes: Uint8Array): BytesAt =>
  (at, length) =>
    Promise.resolve(bytes.subarray(at, at + length));

/** Files have a handful beside each other. */
const mostBoxes = 1000;

/** The box that says what a file holds, without the samples, wherever it stands; empty where there is none. Source: 8.11.1. */
export async function directoryOf(bytesAt: BytesAt): Promise<Buffer> {
  let at = 0;
  for (let count = 0; count < mostBoxes; count++) {
    const head = await bytesAt(at, 16);
    if (head.length < 8) break;
    const { size, type } = boxAt(head);
    if (type === "meta") return Buffer.from(await bytesAt(at, size));
    // The last box of a file may reach to its end.
    if (size < 8) break;
    at += size;
  }
  return Buffer.alloc(0);
}

function boxAt(head: Uint8Array): { readonly size: number; readonly type: string } {
  const view = viewOf(head);
  const short = view.getUint32(0);
  const type = String.fromCharCode(...head.subarray(4, 8));
  // Of samples that are many, the size stands behind the name, in 64 bits.
  if (short === 1) return { size: head.length < 16 ? 0 : Number(view.getBigUint64(8)), type };
  return { size: short === 0 && type === "meta" ? Number.MAX_SAFE_INTEGER : short, type };
}
