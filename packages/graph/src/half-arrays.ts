/** Arrays of 16-bit floats as float32, part by part. */
import { float16 } from "./half.js";
import { halvesModule, halvesPerCall, type HalvesModule } from "./wasm/halves-module.js";

/** binary16 and the upper half of a float32. */
export type HalfType = "float16" | "bfloat16";

/** Puts bytes of the halves from element `at` on into `part`, all of it; `part` is used again. */
export type HalfSource = (part: Uint8Array<ArrayBuffer>, at: number) => void;

/**
 * `length` halves as float32, taken in parts that stay in the cache: a file is read with no second copy of it in memory.
 * @param module for tests: without one a table converts
 */
export function halvesFrom(
  type: HalfType,
  length: number,
  source: HalfSource,
  module: HalvesModule | undefined = halvesModule(),
): Float32Array<ArrayBuffer> {
  const values = new Float32Array(length);
  const input = module?.input ?? new Uint8Array(2 * halvesPerCall);
  for (let at = 0; at < length; at += halvesPerCall) {
    const count = Math.min(halvesPerCall, length - at);
    source(input.subarray(0, 2 * count), at);
    if (module === undefined) byTable(type, new Uint16Array(input.buffer, 0, count), new Uint32Array(values.buffer, 4 * at, count));
    else {
      module.convert[type](count);
      values.set(count === halvesPerCall ? module.output : module.output.subarray(0, count), at);
    }
  }
  return values;
}

let decoded: Float32Array | undefined;

/** The numbers of all binary16 bits. */
export const everyHalf = (): Float32Array => (decoded ??= Float32Array.from({ length: 65536 }, (_, i) => float16(i)));

function byTable(type: HalfType, bits: Uint16Array, words: Uint32Array): void {
  if (type === "bfloat16") {
    for (let i = 0; i < bits.length; i++) words[i] = bits[i]! << 16;
    return;
  }
  const table = new Uint32Array(everyHalf().buffer);
  for (let i = 0; i < bits.length; i++) words[i] = table[bits[i]!]!;
}

/** The numbers of halves in memory, little-endian, at whatever place. */
export const halvesOf = (type: HalfType, bytes: Uint8Array): Float32Array<ArrayBuffer> =>
  halvesFrom(type, bytes.length / 2, (part, at) => {
    part.set(bytes.subarray(2 * at, 2 * at + part.length));
  });

const bytesOf = ({ buffer, byteOffset, byteLength }: Uint16Array): Uint8Array => new Uint8Array(buffer, byteOffset, byteLength);

/** The numbers of binary16 bits. */
export const fromHalves = (bits: Uint16Array): Float32Array<ArrayBuffer> => halvesOf("float16", bytesOf(bits));

/** The numbers of bfloat16 bits: the upper halves of float32 values. */
export const fromBfloat16 = (bits: Uint16Array): Float32Array<ArrayBuffer> => halvesOf("bfloat16", bytesOf(bits));
