import { describe, expect, it } from "vitest";
import { isLeaderError } from "../errors.js";
import { upperQuantile } from "./normal-quantile.js";
import { philoxModule } from "./philox-module.js";
import { hashName, normals, permutation, philox, signs, uniforms, type NoiseKey } from "./philox.js";

const key: NoiseKey = { seed: 0, image: 0, step: 0, name: "z" };
const hex = (words: Iterable<number>): string => Array.from(words, (word) => (word >>> 0).toString(16).padStart(8, "0")).join(" ");

describe("philox", () => {
  // Known answers of Random123 (kat_vectors, philox4x32 10).
  it.each([
    [[0, 0], [0, 0, 0, 0], "6627e8d5 e169c58d bc57ac4c 9b00dbd8"],
    [[0xffffffff, 0xffffffff], [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff], "408f276d 41c83b0e a20bc7c6 6d5451fd"],
    [[0xa4093822, 0x299f31d0], [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344], "d16cfe09 94fdcceb 5001e420 24126ea1"],
  ] as const)("gives the published words for key %j", (generatorKey, counter, expected) => {
    expect(hex(philox(generatorKey, counter))).toBe(expected);
  });
});

/** The generator in big integers, straight from the paper. */
function philoxByDefinition(key: readonly [number, number], counter: readonly number[]): readonly number[] {
  const word = 0xffffffffn;
  let [x0, x1, x2, x3] = counter.map(BigInt) as [bigint, bigint, bigint, bigint];
  let [k0, k1] = key.map(BigInt) as [bigint, bigint];
  for (let round = 0; round < 10; round++) {
    const p0 = x0 * 0xd2511f53n;
    const p1 = x2 * 0xcd9e8d57n;
    [x0, x1, x2, x3] = [(p1 >> 32n) ^ x1 ^ k0, p1 & word, (p0 >> 32n) ^ x3 ^ k1, p0 & word];
    [k0, k1] = [(k0 + 0x9e3779b9n) & word, (k1 + 0xbb67ae85n) & word];
  }
  return [x0, x1, x2, x3].map(Number);
}

describe("philox module", () => {
  it("agrees with the definition on counters and keys with all bits in use", () => {
    const numbers = Array.from({ length: 600 }, (_, i) => Math.imul(i + 1, 0x9e3779b1) >>> 0);
    for (let i = 0; i < numbers.length; i += 6) {
      const [a, b, c, d, e, f] = numbers.slice(i, i + 6) as [number, number, number, number, number, number];
      expect(hex(philox([a, b], [c, d, e, f]))).toBe(hex(philoxByDefinition([a, b], [c, d, e, f])));
    }
  });
});

describe("hashName", () => {
  it.each([
    ["", "cbf29ce4 84222325"],
    ["a", "af63dc4c 8601ec8c"],
    ["foobar", "85944171 f73967e8"],
  ])("is FNV-1a of %j", (name, expected) => {
    const [low, high] = hashName(name);
    expect(hex([high, low])).toBe(expected);
  });
});

/** Normal distribution function through the series of erf, and through the continued fraction far out. */
function normalCdf(x: number): number {
  if (x > 0) return 1 - normalCdf(-x);
  if (x < -5) {
    let fraction = 0;
    for (let k = 60; k > 0; k--) fraction = k / (-x + fraction);
    return Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI) / (-x + fraction);
  }
  let term = x;
  let sum = x;
  for (let k = 1; k < 200; k++) {
    term *= (x * x) / (2 * k + 1);
    sum += term;
  }
  return 0.5 + sum * (Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI));
}

describe("upperQuantile", () => {
  it("inverts the distribution function to the last cell", () => {
    for (let exponent = 1; exponent <= 33; exponent++) {
      const p = 2 ** -exponent;
      expect(Math.abs(normalCdf(-upperQuantile(p)) - p) / p, `p = ${p}`).toBeLessThan(1e-9);
    }
    for (let p = 0.001; p <= 0.5; p += 0.001) expect(Math.abs(normalCdf(-upperQuantile(p)) - p)).toBeLessThan(1e-14);
  });
});

describe("normals of words", () => {
  const { words: memory, toNormals } = philoxModule();
  const normalOfWord = (word: number): number => {
    memory[0] = word;
    return toNormals(memory.subarray(0, 1))[0]!;
  };
  const exact = (word: number): number =>
    word < 0 ? -upperQuantile((word + 2 ** 31 + 0.5) * 2 ** -32) : upperQuantile((2 ** 31 - 0.5 - word) * 2 ** -32);
  it("is the quantile function, over the whole range and at every border of its segments", () => {
    const words: number[] = [];
    for (let word = -(2 ** 31); word < 2 ** 31; word += 1_000_003) words.push(word);
    for (let exponent = 0; exponent < 31; exponent++) {
      for (let part = 16; part < 32; part++) {
        const border = Math.floor((2 ** exponent * part) / 16);
        for (const k of [border - 1, border, border + 1]) if (k >= 0 && k < 2 ** 31) words.push(-(2 ** 31) + k, 2 ** 31 - 1 - k);
      }
    }
    for (const word of words)
      expect(Math.abs(normalOfWord(word) - exact(word)), `word ${word}`).toBeLessThan(1e-9 + Math.abs(exact(word)) * 2 ** -24);
  });
  it("is odd and bounded", () => {
    for (const word of [0, 1, 12345678, 1825361100, 2 ** 31 - 1]) expect(normalOfWord(-word - 1)).toBe(-normalOfWord(word));
    expect(normalOfWord(2 ** 31 - 1)).toBeLessThan(6.34);
  });
});

describe("normals", () => {
  const count = 400_000;
  const sample = normals(key, count);
  const moment = (power: number): number => sample.reduce((sum, x) => sum + x ** power, 0) / count;

  it("has the moments of a unit normal within five standard errors", () => {
    expect(Math.abs(moment(1))).toBeLessThan(5 / Math.sqrt(count));
    expect(Math.abs(moment(2) - 1)).toBeLessThan(5 * Math.sqrt(2 / count));
    expect(Math.abs(moment(3))).toBeLessThan(5 * Math.sqrt(15 / count));
    expect(Math.abs(moment(4) - 3)).toBeLessThan(5 * Math.sqrt(96 / count));
  });
  it("has the distribution function of a unit normal (Kolmogorov-Smirnov)", () => {
    const sorted = sample.slice(0, 50_000).sort();
    const distance = sorted.reduce((worst, x, i) => Math.max(worst, Math.abs(normalCdf(x) - (i + 0.5) / sorted.length)), 0);
    expect(distance * Math.sqrt(sorted.length)).toBeLessThan(1.95);
  });
  it("has as many values far out as it should", () => {
    for (const limit of [2, 3, 4]) {
      const expected = 2 * normalCdf(-limit) * count;
      const found = sample.filter((x) => Math.abs(x) > limit).length;
      expect(Math.abs(found - expected)).toBeLessThan(5 * Math.sqrt(expected));
    }
  });
  it("is independent between names, steps, images and seeds, and between neighbours", () => {
    const n = 100_000;
    const others: readonly NoiseKey[] = [
      { ...key, name: "w" },
      { ...key, step: 1 },
      { ...key, image: 1 },
      { ...key, seed: 1 },
      { ...key, seed: 2 ** 32 },
    ];
    const correlation = (a: Float32Array, b: Float32Array): number => a.reduce((sum, x, i) => sum + x * b[i]!, 0) / a.length;
    for (const other of others) expect(Math.abs(correlation(sample.subarray(0, n), normals(other, n)))).toBeLessThan(5 / Math.sqrt(n));
    for (const lag of [1, 2, 3, 4, 256]) {
      expect(Math.abs(correlation(sample.subarray(0, n), sample.subarray(lag, n + lag)))).toBeLessThan(5 / Math.sqrt(n));
    }
  });
  it("gives the first numbers of a longer draw, whatever the count", () => {
    // 16,384 words are made at a time.
    for (const k of [0, 1, 2, 3, 5, 1023, 16_383, 16_384, 16_385, 40_001]) expect(normals(key, k)).toEqual(sample.slice(0, k));
  });
  it("fills the array it is given", () => {
    const into = new Float32Array(7);
    expect(normals(key, 7, into)).toBe(into);
    expect(into).toEqual(sample.slice(0, 7));
    expect(() => normals(key, 6, into)).toThrow(/room for 6 numbers, received 7/);
  });
  // Changing these numbers changes every restored picture: a breaking change.
  it("is frozen", () => {
    expect(hex(new Uint32Array(normals({ seed: 7, image: 1, step: 2, name: "noise:z" }, 6).buffer))).toMatchInlineSnapshot(
      `"3e996f22 bf5fe9bc bf0f9612 3f10da44 3dfa2ce0 bf26e97b"`,
    );
    expect(Array.from(uniforms(key, 3))).toMatchInlineSnapshot(`
      [
        0.4008970214690747,
        0.13937568822480395,
        0.6350249345080284,
      ]
    `);
    expect(Array.from(permutation(key, 8))).toMatchInlineSnapshot(`
      [
        2,
        3,
        1,
        5,
        7,
        6,
        4,
        0,
      ]
    `);
  });
});

describe("keys", () => {
  it.each([-1, 0.5, 2 ** 53, NaN, Infinity])("refuses seed %d", (seed) => {
    const attempt = (): unknown => normals({ ...key, seed }, 1);
    expect(attempt).toThrow(/`seed` as an integer from 0 to 9007199254740991/);
    try {
      attempt();
    } catch (error) {
      expect(isLeaderError(error) && error.code).toBe("LEADER_BAD_ARGUMENT");
    }
  });
  it("refuses fractional steps and images", () => {
    expect(() => normals({ ...key, step: 0.5 }, 1)).toThrow(/`step`/);
    expect(() => normals({ ...key, image: -1 }, 1)).toThrow(/`image`/);
  });
  it("takes the largest seed, and tells it from its neighbours", () => {
    const [a, b] = [normals({ ...key, seed: 2 ** 53 - 1 }, 4), normals({ ...key, seed: 2 ** 53 - 2 }, 4)];
    expect(a).not.toEqual(b);
  });
});

describe("signs", () => {
  it("is balanced, and independent of the normals of the same key", () => {
    const n = 100_000;
    const values = signs(key, n);
    expect(values.every((x) => x === 1 || x === -1)).toBe(true);
    expect(Math.abs(values.reduce((a, b) => a + b, 0))).toBeLessThan(5 * Math.sqrt(n));
    const product = normals(key, n).reduce((sum, x, i) => sum + x * values[i]!, 0);
    expect(Math.abs(product)).toBeLessThan(5 * Math.sqrt(n));
  });
});

describe("uniforms", () => {
  it("fills (0, 1) evenly and without its ends", () => {
    const n = 100_000;
    const values = uniforms(key, n);
    expect(values.every((x) => x > 0 && x < 1)).toBe(true);
    const bins = new Array<number>(20).fill(0);
    for (const x of values) bins[Math.floor(20 * x)]!++;
    const chiSquared = bins.reduce((sum, found) => sum + (found - n / 20) ** 2 / (n / 20), 0);
    expect(chiSquared).toBeLessThan(50);
  });
});

describe("permutation", () => {
  it("is a permutation, and every position is equally likely", () => {
    expect([...permutation(key, 100)].sort((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, i) => i));
    expect(permutation(key, 0)).toHaveLength(0);
    const n = 5;
    const counts = new Array<number>(n * n).fill(0);
    for (let step = 0; step < 5000; step++) permutation({ ...key, step }, n).forEach((value, i) => counts[n * i + value]!++);
    for (const found of counts) expect(Math.abs(found - 1000)).toBeLessThan(5 * Math.sqrt(800));
  });
});

describe("a part of a draw", () => {
  it("has the numbers of its place, wherever it begins", () => {
    const key = { seed: 3, image: 1, step: 2, name: "noise:z" };
    const [whole, ofSigns] = [normals(key, 40_000), signs(key, 40_000)];
    for (const [first, count] of [
      [0, 5],
      [1, 3],
      [6, 20_001],
      [16_383, 2],
      [39_999, 1],
    ] as const) {
      expect(normals(key, count, undefined, first)).toEqual(whole.slice(first, first + count));
      expect(signs(key, count, undefined, first)).toEqual(ofSigns.slice(first, first + count));
    }
  });
});
