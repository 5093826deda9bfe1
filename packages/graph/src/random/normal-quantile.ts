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

let table: Float64Array | undefined;

/**
 * Fills `into` with the unit normal number of each word: the quantile function at (word + 1/2) / 2^32 + 1/2, the middle of one
 * of 2^32 equal cells. Odd about the middle of the words, within (-6.34, 6.34), accurate to 1e-9: far below float32 noise.
 * @param words signed 32-bit integers, at least as many as `into` has elements.
 */
export function normalsOfWords(words: Int32Array, into: Float32Array): void {
  const polynomials = (table ??= makeTable());
  for (let i = 0; i < into.length; i++) {
    const word = words[i]!;
    const negative = word >> 31;
    const k = 0x7fffffff - (word ^ negative);
    const exponent = 31 - Math.clz32(k | 15) - bits;
    const shift = exponent < 0 ? 0 : exponent;
    const segment = (k >>> shift) + (shift << bits);
    const position = (k & ((1 << shift) - 1)) * inversePowers[shift]!;
    const at = segment * coefficients;
    const value =
      (((polynomials[at + 4]! * position + polynomials[at + 3]!) * position + polynomials[at + 2]!) * position + polynomials[at + 1]!) *
        position +
      polynomials[at]!;
    // A multiplication: a branch that is taken at random would cost more than the polynomial.
    into[i] = value * (1 + 2 * negative);
  }
}

const inversePowers = Float64Array.from({ length: 32 }, (_, shift) => 2 ** -shift);

/** Polynomials that interpolate the quantile at Chebyshev points of each segment, lowest coefficient first. */
function makeTable(): Float64Array {
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
  const powers = new Float64Array(coefficients);
  for (let j = degree; j >= 0; j--) {
    for (let power = degree; power >= 0; power--)
      powers[power] = (power > 0 ? powers[power - 1]! : differences[j]!) - nodes[j]! * powers[power]!;
  }
  return powers;
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
