import type { HostTensor } from "../src/values.js";

/** The image of `tools/goldens/make_network_goldens.py`: multiples of 2^-15 in [-1, 1) by FNV-1a of its name and Murmur3's last steps. */
export function imageOf(shape: readonly number[]): HostTensor {
  let word = 0x811c9dc5;
  for (const byte of new TextEncoder().encode("image")) word = Math.imul(word ^ byte, 0x01000193);
  const data = new Float32Array(shape.reduce((a, b) => a * b, 1)).map((_, i) => {
    let h = (word + Math.imul(i, 0x9e3779b1)) | 0;
    h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
    h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
    h ^= h >>> 16;
    return ((h >>> 16) - 32768) / 32768;
  });
  return { shape, dtype: "float32", data };
}
