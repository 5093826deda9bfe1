/** Large constants of a graph as 16-bit floats. */
import { float16Bits } from "./half.js";
import { everyHalf, fromHalves } from "./half-arrays.js";
import type { HostTensor } from "./values.js";

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
