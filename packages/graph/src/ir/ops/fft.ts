/** A complex signal as two arrays of one length. */
export interface ComplexSignal {
  readonly real: Float64Array;
  readonly imaginary: Float64Array;
}

/**
 * Discrete Fourier transform in place, X[k] = sum over n of x[n] e^(-2 pi i n k / N), of any length:
 * radix-2 for powers of two (Cooley and Tukey 1965), otherwise the chirp transform of Bluestein (1970).
 * @param sign -1 for the transform above, +1 for its conjugate (neither is scaled).
 */
export function fourierTransform(x: ComplexSignal, sign: -1 | 1): void {
  const length = x.real.length;
  if (length <= 1) return;
  if ((length & (length - 1)) === 0) radix2(x, sign);
  else bluestein(x, sign);
}

function radix2({ real, imaginary }: ComplexSignal, sign: -1 | 1): void {
  const length = real.length;
  reverseBits(real);
  reverseBits(imaginary);
  for (let half = 1; half < length; half *= 2) {
    for (let j = 0; j < half; j++) {
      const cosine = Math.cos((Math.PI * j) / half);
      const sine = sign * Math.sin((Math.PI * j) / half);
      for (let even = j; even < length; even += 2 * half) {
        const odd = even + half;
        const re = real[odd]! * cosine - imaginary[odd]! * sine;
        const im = real[odd]! * sine + imaginary[odd]! * cosine;
        real[odd] = real[even]! - re;
        imaginary[odd] = imaginary[even]! - im;
        real[even] = real[even]! + re;
        imaginary[even] = imaginary[even]! + im;
      }
    }
  }
}

function reverseBits(values: Float64Array): void {
  const length = values.length;
  for (let i = 1, j = 0; i < length; i++) {
    let bit = length >> 1;
    for (; (j & bit) !== 0; bit >>= 1) j ^= bit;
    j ^= bit;
    if (i < j) [values[i], values[j]] = [values[j]!, values[i]!];
  }
}

/** With nk = (n^2 + k^2 - (k - n)^2) / 2 the transform is a convolution with a chirp, done by a longer power of two. */
function bluestein({ real, imaginary }: ComplexSignal, sign: -1 | 1): void {
  const length = real.length;
  const padded = 2 ** Math.ceil(Math.log2(2 * length - 1));
  const signal = complexZeros(padded);
  const chirp = complexZeros(padded);
  for (let n = 0; n < length; n++) {
    // n^2 modulo 2N keeps the angle small, hence exact.
    const angle = (Math.PI * ((n * n) % (2 * length))) / length;
    const [cosine, sine] = [Math.cos(angle), sign * Math.sin(angle)];
    signal.real[n] = real[n]! * cosine - imaginary[n]! * sine;
    signal.imaginary[n] = real[n]! * sine + imaginary[n]! * cosine;
    for (const at of [n, (padded - n) % padded]) {
      chirp.real[at] = cosine;
      chirp.imaginary[at] = -sine;
    }
  }
  convolve(signal, chirp);
  for (let k = 0; k < length; k++) {
    const [cosine, sine] = [chirp.real[k]!, chirp.imaginary[k]!];
    real[k] = signal.real[k]! * cosine + signal.imaginary[k]! * sine;
    imaginary[k] = signal.imaginary[k]! * cosine - signal.real[k]! * sine;
  }
}

/** Circular convolution of two signals whose length is a power of two, into the first; the second is left as it is. */
function convolve(x: ComplexSignal, y: ComplexSignal): void {
  const spectrum = { real: y.real.slice(), imaginary: y.imaginary.slice() };
  radix2(x, -1);
  radix2(spectrum, -1);
  const length = x.real.length;
  for (let i = 0; i < length; i++) {
    const [a, b, c, d] = [x.real[i]!, x.imaginary[i]!, spectrum.real[i]!, spectrum.imaginary[i]!];
    x.real[i] = (a * c - b * d) / length;
    x.imaginary[i] = (a * d + b * c) / length;
  }
  radix2(x, 1);
}

const complexZeros = (length: number): ComplexSignal => ({ real: new Float64Array(length), imaginary: new Float64Array(length) });
