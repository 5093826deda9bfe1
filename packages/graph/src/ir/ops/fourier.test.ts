import { describe, expect, it } from "vitest";
import { normalArray } from "../../testing/evaluate.js";
import { fourierTransform } from "./fft.js";

const signal = (length: number, seed: number): Float64Array => normalArray({ shape: [length], dtype: "float32" }, seed, "fft");

/** The defining sum, with exact angles. */
function definition(
  real: Float64Array,
  imaginary: Float64Array,
  sign: -1 | 1,
): { readonly real: Float64Array; readonly imaginary: Float64Array } {
  const length = real.length;
  const result = { real: new Float64Array(length), imaginary: new Float64Array(length) };
  for (let k = 0; k < length; k++) {
    for (let n = 0; n < length; n++) {
      const angle = (sign * 2 * Math.PI * ((n * k) % length)) / length;
      result.real[k]! += real[n]! * Math.cos(angle) - imaginary[n]! * Math.sin(angle);
      result.imaginary[k]! += real[n]! * Math.sin(angle) + imaginary[n]! * Math.cos(angle);
    }
  }
  return result;
}

const largest = (x: Float64Array): number => x.reduce((most, v) => Math.max(most, Math.abs(v)), 0);

describe("fourierTransform", () => {
  it.each([1, 2, 3, 4, 5, 7, 8, 12, 31, 64, 100, 243, 256])("length %d equals the defining sum", (length) => {
    for (const sign of [-1, 1] as const) {
      const [real, imaginary] = [signal(length, 1), signal(length, 2)];
      const expected = definition(real, imaginary, sign);
      fourierTransform({ real, imaginary }, sign);
      const error = Math.max(
        largest(real.map((v, i) => v - expected.real[i]!)),
        largest(imaginary.map((v, i) => v - expected.imaginary[i]!)),
      );
      expect(error).toBeLessThan(1e-12 * length);
    }
  });

  it.each([4093, 4096])("length %d comes back", (length) => {
    const [real, imaginary] = [signal(length, 1), signal(length, 2)];
    const start = real.slice();
    fourierTransform({ real, imaginary }, -1);
    fourierTransform({ real, imaginary }, 1);
    expect(largest(real.map((v, i) => v / length - start[i]!))).toBeLessThan(1e-13);
  });
});
