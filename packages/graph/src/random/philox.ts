import { errors } from "../error-codes.js";
import { philoxModule, wordsPerCall } from "./philox-module.js";

/**
 * Random numbers that are a pure function of their name: element i of a draw depends only on the key and on i, never on
 * what was drawn before. Equal on every machine, backend, batch size and after a resume.
 *
 * Generator: Philox4x32-10 (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3").
 */

/** What a draw is called. Different keys give independent streams. */
export interface NoiseKey {
  /** Chosen by the user: an integer from 0 to 2^53 - 1. 0 is a seed like any other. */
  readonly seed: number;
  /** Number of the image in its batch or folder: an integer from 0 to 2^32 - 1. */
  readonly image: number;
  /** Number of the step: an integer from 0 to 2^32 - 1. */
  readonly step: number;
  /** What the numbers are for, such as `noise:z`. */
  readonly name: string;
}

/** Kinds of numbers, so that equal keys give independent draws of different kinds. */
const kinds = { normals: 0, signs: 1, uniforms: 2 } as const;

const wordsPerBlock = 4;

/**
 * Unit normal numbers in float32: the quantile function at a 32-bit uniform number, so |value| < 6.34.
 * @param into filled and returned if given; must have `count` elements.
 * @param first index in the draw of the first number, so that any part of a draw can be made alone.
 */
export function normals(key: NoiseKey, count: number, into: Float32Array = new Float32Array(count), first = 0): Float32Array {
  requireRoom(count, into.length);
  const { toNormals } = philoxModule();
  drawWords(key, kinds.normals, { first, count }, (words, from) => {
    into.set(toNormals(words), from);
  });
  return into;
}

/** Random signs, -1 or 1, in float32. @param into filled and returned if given; must have `count` elements. @param first as of `normals`. */
export function signs(key: NoiseKey, count: number, into: Float32Array = new Float32Array(count), first = 0): Float32Array {
  requireRoom(count, into.length);
  drawWords(key, kinds.signs, { first, count }, (words, from) => {
    for (let i = 0; i < words.length; i++) into[from + i] = 1 + 2 * (words[i]! >> 31);
  });
  return into;
}

/** Uniform numbers in (0, 1), both ends excluded, with 52 random bits: for kernels, masks and permutations. */
export function uniforms(key: NoiseKey, count: number): Float64Array {
  const values = new Float64Array(count);
  drawWords(key, kinds.uniforms, { first: 0, count: 2 * count }, (words, from) => {
    for (let i = 0; i < words.length; i += 2)
      values[(from + i) / 2] = ((words[i]! >>> 6) * 2 ** 26 + (words[i + 1]! >>> 6) + 0.5) * 2 ** -52;
  });
  return values;
}

/** The numbers 0..n-1 in random order (Fisher-Yates). */
export function permutation(key: NoiseKey, n: number): Int32Array {
  const order = new Int32Array(n);
  for (let i = 0; i < n; i++) order[i] = i;
  const choice = uniforms(key, n);
  for (let i = n - 1; i > 0; i--) {
    const j = Math.floor(choice[i]! * (i + 1));
    const kept = order[i]!;
    order[i] = order[j]!;
    order[j] = kept;
  }
  return order;
}

/** Hands words of a draw to `use`, in chunks that start at element `from` of those asked for. Words are signed integers. */
function drawWords(
  key: NoiseKey,
  kind: number,
  { first, count }: { readonly first: number; readonly count: number },
  use: (words: Int32Array, from: number) => void,
): void {
  requireInteger("count", first + count, 2 ** 32);
  const [key0, key1, stream0, stream1] = streamOf(key);
  const { words, fill } = philoxModule();
  // Blocks are made whole: the first may begin before what is asked for.
  for (let from = -(first % wordsPerBlock); from < count; from += wordsPerCall) {
    const length = Math.min(wordsPerCall, count - from);
    const block = (first + from) / wordsPerBlock;
    fill(key0!, key1!, block, block + Math.ceil(length / wordsPerBlock), kind, stream0!, stream1!);
    const skipped = Math.max(0, -from);
    use(words.subarray(skipped, length), from + skipped);
  }
}

function requireRoom(count: number, room: number): void {
  if (room !== count) throw errors.BAD_ARGUMENT({ function: "random", expected: `room for ${count} numbers`, received: `${room}` });
}

/**
 * The 128 bits that name a stream: one block of the generator itself, keyed by the seed and counting by the rest.
 * Half of them become the key of the stream, half a part of its counter, so that no key wastes bits.
 */
function streamOf({ seed, image, step, name }: NoiseKey): Int32Array {
  requireInteger("seed", seed, 2 ** 53);
  requireInteger("image", image, 2 ** 32);
  requireInteger("step", step, 2 ** 32);
  const [nameLow, nameHigh] = hashName(name);
  return philox([seed | 0, Math.floor(seed / 2 ** 32)], [image, step, nameLow, nameHigh]);
}

function requireInteger(name: string, value: number, end: number): void {
  if (!Number.isInteger(value) || value < 0 || value >= end) {
    throw errors.BAD_ARGUMENT({ function: "random", expected: `\`${name}\` as an integer from 0 to ${end - 1}`, received: `${value}` });
  }
}

const encoder = new TextEncoder();

/** FNV-1a in 64 bits over the UTF-8 bytes of a name, as [low, high] words. */
export function hashName(name: string): readonly [number, number] {
  let low = 0x84222325;
  let high = 0xcbf29ce4;
  for (const byte of encoder.encode(name)) {
    low = (low ^ byte) >>> 0;
    // Times the prime 2^40 + 0x1b3, in halves that stay exact in float64.
    const product = low * 0x1b3;
    high = (high * 0x1b3 + Math.floor(product / 2 ** 32) + ((low << 8) >>> 0)) % 2 ** 32;
    low = product % 2 ** 32;
  }
  return [low, high];
}

/** One block of Philox4x32-10: four words, as signed integers, from a key of two and a counter of four. */
export function philox(key: readonly [number, number], counter: readonly [number, number, number, number]): Int32Array {
  const { words, fill } = philoxModule();
  const [block, c1, c2, c3] = counter;
  fill(key[0], key[1], block, block + 1, c1, c2, c3);
  return words.slice(0, wordsPerBlock);
}
