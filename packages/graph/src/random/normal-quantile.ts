import { branchIf, f32, f64, get, i32, loop, set, tee, type, type Code, type FunctionCode } from "../wasm/webassembly.js";

/**
 * Unit normal numbers from random words, by the quantile function. Only operations that IEEE 754 rounds correctly are
 * used, so every machine gives the same bits; the built-in logarithm would not.
 */

/**
 * The cell of a word is k = 0 (far out) to 2^31 - 1 (at the median), on either side. Cells are grouped into segments as in a
 * floating-point number, 16 to each power of two, and within a segment the quantile is a polynomial in the position.
 */
const bits = 4;
const degree = 4;
const coefficients = degree + 1;
const segments = (32 - bits) << bits;
const powers = 32;

/** Bytes that the code reads, from where it is told that its table lies: polynomials, and the negative powers of two. */
export const tableBytes = 8 * (segments * coefficients + powers);

/** What the code reads. */
export function quantileTable(): Float64Array {
  const table = new Float64Array(segments * coefficients + powers);
  table.set(makePolynomials());
  for (let shift = 0; shift < powers; shift++) table[segments * coefficients + shift] = 2 ** -shift;
  return table;
}

/** Locals: the two parameters, then what the code works with. */
const local = { at: 0, end: 1, negative: 2, k: 3, shift: 4, segment: 5, position: 6 } as const;

/**
 * Replaces words in memory by the unit normal number of each, in float32: the quantile function at (word + 1/2) / 2^32 + 1/2, the middle of
 * one of 2^32 equal cells. Odd about the middle of the words, within (-6.34, 6.34), accurate to 1e-9: far below float32 noise. Parameters:
 * where the words, signed integers, begin and end. In JavaScript, which takes twice as long:
 *
 *     negative = word >> 31;  k = 0x7fffffff - (word ^ negative);  shift = max(0, 31 - clz(k) - bits)
 *     polynomial = table[(k >>> shift) + (shift << bits)];  position = (k & ((1 << shift) - 1)) * 2 ** -shift
 *     number = polynomial(position) * (1 + 2 * negative)
 *
 * The sign is a multiplication: a branch that is taken at random would cost more than the polynomial.
 * @param table where `quantileTable` lies in the memory.
 */
export function normalsCode(table: number): FunctionCode {
  const word = [...get(local.at), ...i32.load];
  const negative = [...word, ...i32.const(31), ...i32.shrS, ...set(local.negative)];
  const k = [...i32.const(0x7fffffff), ...word, ...get(local.negative), ...i32.xor, ...i32.sub, ...set(local.k)];
  // The lowest bits set: no shift is below zero.
  const leading = [...get(local.k), ...i32.const(2 ** (bits + 1) - 1), ...i32.or, ...i32.clz];
  const shift = [...i32.const(31 - bits), ...leading, ...i32.sub, ...set(local.shift)];
  const number = [...get(local.k), ...get(local.shift), ...i32.shrU, ...get(local.shift), ...i32.const(bits), ...i32.shl, ...i32.add];
  const segment = [...number, ...i32.const(8 * coefficients), ...i32.mul, ...set(local.segment)];
  const mask = [...i32.const(1), ...get(local.shift), ...i32.shl, ...i32.const(1), ...i32.sub];
  const power = [...get(local.shift), ...i32.const(8), ...i32.mul, ...f64.load(table + 8 * segments * coefficients)];
  const position = [...get(local.k), ...mask, ...i32.and, ...f64.convertI32S, ...power, ...f64.mul, ...set(local.position)];
  const coefficient = (of: number): Code => [...get(local.segment), ...f64.load(table + 8 * of)];
  let value = coefficient(degree);
  for (let of = degree - 1; of >= 0; of--) value = [...value, ...get(local.position), ...f64.mul, ...coefficient(of), ...f64.add];
  const sign = [...i32.const(1), ...i32.const(2), ...get(local.negative), ...i32.mul, ...i32.add, ...f64.convertI32S];
  const store = [...get(local.at), ...value, ...sign, ...f64.mul, ...f32.demoteF64, ...f32.store];
  const next = [...get(local.at), ...i32.const(4), ...i32.add, ...tee(local.at), ...get(local.end), ...i32.ltU, ...branchIf(0)];
  return {
    parameters: 2,
    locals: [
      [4, type.i32],
      [1, type.f64],
    ],
    body: loop(negative, k, shift, segment, position, store, next),
  };
}

/** Polynomials that interpolate the quantile at Chebyshev points of each segment, lowest coefficient first. */
function makePolynomials(): Float64Array {
  const made = new Float64Array(segments * coefficients);
  for (let segment = 0; segment < segments; segment++) {
    const shift = Math.max(0, (segment >> bits) - 1);
    const start = (segment - (shift << bits)) * 2 ** shift;
    const quantile = (position: number): number => upperQuantile((start + position * 2 ** shift + 0.5) * 2 ** -32);
    // The outermost segments hold one cell each, which is given exactly.
    made.set(shift === 0 ? [quantile(0)] : interpolate(quantile), segment * coefficients);
  }
  return made;
}

/** cos((2 j + 1) pi / 10) for the five Chebyshev points; spelled out, since the built-in cosine may differ between machines. */
const chebyshev = [-0.9510565162951535, -0.5877852522924731, 0, 0.5877852522924731, 0.9510565162951535];

/** Newton's interpolation of f on [0, 1], expanded into powers. */
function interpolate(f: (position: number) => number): Float64Array {
  const nodes = chebyshev.map((x) => (x + 1) / 2);
  const differences = nodes.map(f);
  for (let order = 1; order <= degree; order++) {
    for (let j = degree; j >= order; j--) differences[j] = (differences[j]! - differences[j - 1]!) / (nodes[j]! - nodes[j - order]!);
  }
  const expanded = new Float64Array(coefficients);
  for (let j = degree; j >= 0; j--) {
    for (let power = degree; power >= 0; power--)
      expanded[power] = (power > 0 ? expanded[power - 1]! : differences[j]!) - nodes[j]! * expanded[power]!;
  }
  return expanded;
}

/**
 * The value that a unit normal number exceeds with probability p, for 2^-34 <= p <= 1/2: Wichura 1988, algorithm AS 241
 * (PPND16), about 1 part in 10^15. Its third branch lies further out and is not needed.
 */
export function upperQuantile(p: number): number {
  const q = 0.5 - p;
  return q <= 0.425 ? central(q) : tail(p);
}

function central(q: number): number {
  const r = 0.180625 - q * q;
  const numerator =
    ((((((2.5090809287301226727e3 * r + 3.3430575583588128105e4) * r + 6.7265770927008700853e4) * r + 4.5921953931549871457e4) * r +
      1.3731693765509461125e4) *
      r +
      1.9715909503065514427e3) *
      r +
      1.3314166789178437745e2) *
      r +
    3.387132872796366608;
  const denominator =
    ((((((5.226495278852854561e3 * r + 2.8729085735721942674e4) * r + 3.930789580009271061e4) * r + 2.1213794301586595867e4) * r +
      5.3941960214247511077e3) *
      r +
      6.871870074920579083e2) *
      r +
      4.2313330701600911252e1) *
      r +
    1;
  return (q * numerator) / denominator;
}

function tail(p: number): number {
  const r = Math.sqrt(-logarithm(p)) - 1.6;
  const numerator =
    ((((((7.7454501427834140764e-4 * r + 2.27238449892691845833e-2) * r + 2.4178072517745061177e-1) * r + 1.27045825245236838258) * r +
      3.64784832476320460504) *
      r +
      5.7694972214606914055) *
      r +
      4.6303378461565452959) *
      r +
    1.42343711074968357734;
  const denominator =
    ((((((1.05075007164441684324e-9 * r + 5.475938084995344946e-4) * r + 1.51986665636164571966e-2) * r + 1.4810397642748007459e-1) * r +
      6.8976733498510000455e-1) *
      r +
      1.6763848301838038494) *
      r +
      2.05319162663775882187) *
      r +
    1;
  return numerator / denominator;
}

/** Natural logarithm of 0 < x < 1, by the series of the inverse hyperbolic tangent. */
function logarithm(x: number): number {
  let mantissa = x;
  let exponent = 0;
  for (; mantissa < Math.SQRT1_2; mantissa *= 2) exponent--;
  const s = (mantissa - 1) / (mantissa + 1);
  const z = s * s;
  let series = 0;
  for (let odd = 21; odd >= 1; odd -= 2) series = series * z + 1 / odd;
  return exponent * Math.LN2 + 2 * s * series;
}
