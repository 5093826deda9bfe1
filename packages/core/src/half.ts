/** 16-bit floats to numbers. Node before 24 has no Float16Array. */

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
