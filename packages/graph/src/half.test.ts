import { describe, expect, it } from "vitest";
import { bfloat16, float16, float16Bits } from "./half.js";
import { fromBfloat16, fromHalves, halvesFrom, halvesOf } from "./half-arrays.js";
import { exactHalves, roundedToHalves } from "./half-constants.js";

const all = Uint16Array.from({ length: 65536 }, (_, i) => i);
const constant = (data: Float32Array) => ({ shape: [data.length], dtype: "float32", data }) as const;

describe("float16", () => {
  it("comes back from every number that it has", () => {
    for (const bits of all) {
      const value = float16(bits);
      expect(Number.isNaN(value) ? (float16Bits(value) & 0x7fff) > 0x7c00 : float16Bits(value) === bits).toBe(true);
    }
    expect(fromHalves(all)).toEqual(Float32Array.from(all, float16));
  });

  it("rounds to the nearest, ties to even", () => {
    const between = (a: number, weight: number): number => float16Bits(float16(a) * (1 - weight) + float16(a + 1) * weight);
    // Subnormal, normal, and across a power of two.
    for (const a of [0, 1, 2, 0x3fe, 0x3ff, 0x400, 0x3bff, 0x3c00, 0x3c01, 0x7bfe]) {
      expect(between(a, 0.25)).toBe(a);
      expect(between(a, 0.5)).toBe(a % 2 === 0 ? a : a + 1);
      expect(between(a, 0.75)).toBe(a + 1);
    }
    expect([65519, 65520, 1e9, -Infinity].map((value) => float16(float16Bits(value)))).toEqual([65504, Infinity, Infinity, -Infinity]);
  });
});

describe("constants as float16", () => {
  const waves = Float32Array.from({ length: 40000 }, (_, i) => Math.sin(i));

  it("are had where no element changes", () => {
    expect(exactHalves(constant(waves))).toBeUndefined();
    const rounded = roundedToHalves(constant(waves));
    expect(fromHalves(exactHalves(rounded)!)).toEqual(rounded.data);
    const error = waves.reduce((most, value, i) => Math.max(most, Math.abs(value - rounded.data[i]!)), 0);
    expect(error).toBeGreaterThan(2 ** -13);
    expect(error).toBeLessThanOrEqual(2 ** -12);
  });

  it("are left alone where they are small, too large or too tiny", () => {
    for (const data of [waves.slice(0, 2048), waves.map((value) => value * 1e6), waves.map((value) => value * 1e-6)]) {
      const value = constant(data);
      expect(roundedToHalves(value)).toBe(value);
    }
    expect(exactHalves({ shape: [40000], dtype: "int32", data: new Int32Array(40000) })).toBeUndefined();
  });
});

describe("arrays of halves", () => {
  const every = Uint16Array.from({ length: 3 * 65536 }, (_, i) => i);
  const bytes = new Uint8Array(every.buffer);
  const source = (part: Uint8Array, at: number): void => part.set(bytes.subarray(2 * at, 2 * at + part.length));
  it.each(["float16", "bfloat16"] as const)("%s: the module and the table give the same numbers", (type) => {
    const expected = Float32Array.from(every, type === "float16" ? float16 : bfloat16);
    expect(halvesFrom(type, every.length, source)).toEqual(expected);
    expect(halvesFrom(type, every.length, source, undefined)).toEqual(expected);
    expect(Object.is(expected[0x8000], -0)).toBe(true);
  });

  it("of any length, at any place", () => {
    for (const [start, length] of [0, 1, 2, 3, 5, 131071, 131073].map((n, i) => [3 + i, n] as const)) {
      const odd = new Uint8Array(2 * length + 1);
      odd.set(bytes.subarray(2 * start, 2 * (start + length)), 1);
      const expected = Float32Array.from(every.subarray(start, start + length), float16);
      expect(halvesOf("float16", odd.subarray(1))).toEqual(expected);
      expect(fromHalves(every.subarray(start, start + length))).toEqual(expected);
    }
    expect(fromBfloat16(Uint16Array.of(0x3f80, 0xc000, 0x7f80))).toEqual(Float32Array.of(1, -2, Infinity));
  });
});

// Files of float16 were read number by number through a callback, which took twenty times as long as float32 ones.
it("decodes halves several times as fast as one by one", () => {
  const halves = Uint16Array.from({ length: 2 ** 21 }, (_, i) => (i * 7919) & 0x7bff);
  const milliseconds = (body: () => unknown): number => {
    const times = Array.from({ length: 5 }, () => {
      const start = process.cpuUsage();
      body();
      const { user, system } = process.cpuUsage(start);
      return (user + system) / 1e3;
    });
    return Math.min(...times);
  };
  const copied = new Float32Array(halves.length);
  const [fast, slow, copy] = [
    milliseconds(() => fromHalves(halves)),
    milliseconds(() => Float32Array.from(halves, float16)),
    milliseconds(() => copied.slice()),
  ];
  console.log(`float16: ${(fast / copy).toFixed(1)} of a float32 copy by processor time; one by one ${(slow / copy).toFixed(1)}`);
  expect(slow / fast).toBeGreaterThan(3);
});
