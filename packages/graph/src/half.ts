/** 16-bit floats to numbers and back. Node before 24 has no Float16Array. */
import type { HostTensor } from "./values.js";

/** IEEE 754 binary16 from its bits. */
export function float16(bits: number): number {
  const sign = (bits & 0x8000) === 0 ? 1 : -1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

const word = new Uint32Array(1);
const float = new Float32Array(word.buffer);

/** bfloat16 from its bits: the upper half of a float32. */
export function bfloat16(bits: number): number {
  word[0] = bits << 16;
  return float[0]!;
}

/** Bits of the binary16 nearest to a float32; of two equally near ones the even one, as IEEE 754 rounds. */
export function float16Bits(value: number): number {
  float[0] = value;
  const sign = (word[0]! >>> 16) & 0x8000;
  const magnitude = word[0]! & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00;
  // From 65536 on everything is infinite.
  if (magnitude >= 0x47800000) return sign | 0x7c00;
  if (magnitude < 0x38800000) {
    // Below 2^-14 the steps are 2^-24, as those of a float32 from 0.5 on: the sum rounds.
    float[0] = Math.abs(float[0]) + 0.5;
    return sign | (word[0]! - 0x3f000000);
  }
  return sign | ((magnitude - 0x38000000 + 0xfff + ((magnitude >>> 13) & 1)) >>> 13);
}

let decoded: Float32Array | undefined;
const everyHalf = (): Float32Array => (decoded ??= Float32Array.from({ length: 65536 }, (_, i) => float16(i)));

/** The numbers of binary16 bits. Normal numbers, which nearly all are, need no table: a shift, and another bias of the exponent. */
export function fromHalves(bits: Uint16Array): Float32Array {
  const others = new Uint32Array(everyHalf().buffer);
  const words = new Uint32Array(bits.length);
  for (let i = 0; i < bits.length; i++) {
    const half = bits[i]!;
    const magnitude = half & 0x7fff;
    const normal = magnitude >= 0x400 && magnitude < 0x7c00;
    words[i] = normal ? ((half & 0x8000) << 16) | ((magnitude << 13) + 0x38000000) : others[half]!;
  }
  return new Float32Array(words.buffer);
}

/** The numbers of bfloat16 bits: the upper halves of float32 values. */
export function fromBfloat16(bits: Uint16Array): Float32Array {
  const words = new Uint32Array(bits.length);
  for (let i = 0; i < bits.length; i++) words[i] = bits[i]! << 16;
  return new Float32Array(words.buffer);
}

/** Constants of fewer elements are not worth the calls that expand them. */
const smallestHalved = 32768;

/** The bits of a large float32 constant as binary16 if no element changes by that; else undefined. */
export function exactHalves({ dtype, data }: HostTensor): Uint16Array | undefined {
  if (dtype !== "float32" || data.length < smallestHalved) return undefined;
  const numbers = everyHalf();
  const bits = new Uint16Array(data.length);
  for (let i = 0; i < data.length; i++) {
    bits[i] = float16Bits(data[i]!);
    if (numbers[bits[i]!] !== data[i]) return undefined;
  }
  return bits;
}

/**
 * A large float32 constant with every element rounded to binary16. The constant itself where that is no good approximation: where an
 * element exceeds the range (65504), or where the error exceeds 2^-11 of the largest element, since all are tiny.
 */
export function roundedToHalves(value: HostTensor): HostTensor {
  if (value.dtype !== "float32" || value.data.length < smallestHalved) return value;
  const data = fromHalves(Uint16Array.from(value.data, float16Bits));
  let [largest, error] = [0, 0];
  for (let i = 0; i < data.length; i++) {
    largest = Math.max(largest, Math.abs(value.data[i]!));
    error = Math.max(error, Math.abs(data[i]! - value.data[i]!));
  }
  return error <= largest * 2 ** -11 ? { ...value, data } : value;
}
