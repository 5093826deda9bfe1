/** 16-bit floats to numbers and back. Node before 24 has no Float16Array. */
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
