import type { LinearOperator } from "../contract/operator.js";
import { type Aval, extents, float32Array, formatAval, graphErrors, type HostTensor, type Tensor } from "@leader/graph";
import { constantOf } from "./constants.js";
import type { DenseMatrix } from "./dense.js";
import { hartleyTransform } from "./hartley.js";
import { lazy } from "./lazy.js";
import { linearOperator } from "./linear-operator.js";
import { reversed } from "./reversal.js";
import { modulo, rootsOfUnity } from "./roots-of-unity.js";
import { mapHost } from "./spectral.js";

export interface CirculantOptions {
  readonly name: string;
  /** Images [..., H, W] of any size, also smaller than the kernel. */
  readonly domain: Aval;
  /** Convolved with every plane; its entry (floor((rows - 1) / 2), floor((columns - 1) / 2)) lies on the pixel. */
  readonly kernel: DenseMatrix;
  /**
   * Frequencies with a gain below this are set to 0, in the operator itself too, so that A, A^T, A^+ and the decomposition stay
   * those of one matrix. Default 0: nothing is cut but the rounding level of float32.
   */
  readonly threshold?: number;
}

/**
 * Periodic convolution, computed in the basis of the orthonormal discrete Hartley transform, whose atoms cos + sin are real: a filter with
 * frequency response k^ maps coefficients c(w) to Re k^(w) c(w) - Im k^(w) c(-w). The transforms are matrix products, which every
 * device has; in onnxruntime they are faster than its Fourier transform at usual sizes, and precise also where a side is no power of two.
 *
 * The decomposition is real as well: V is the Hartley transform, the singular values are |k^|, and U is V with the phase of k^ applied.
 */
export function circulantOperator({ name, domain, kernel, threshold = 0 }: CirculantOptions): LinearOperator {
  if (domain.shape.length < 2)
    throw graphErrors.SHAPE_MISMATCH({ op: name, problem: `expected images [..., H, W], received ${formatAval(domain)}` });
  const [height, width] = extents(domain.shape.slice(-2), 2);
  const spectrum = lazy(() => thresholded(kernelSpectrum(kernel, height, width), threshold));
  const forward = lazy(() => filterOf(spectrum(), (gain) => gain));
  const inverse = lazy(() => filterOf(spectrum(), (gain) => 1 / gain));
  const phase = lazy(() => filterOf(spectrum(), () => 1));
  const reversed = (filter: () => Filter): (() => Filter) => lazy(() => reversedFilter(filter()));
  const [adjoint, pinv, phaseAdjoint] = [reversed(forward), reversed(inverse), reversed(phase)];
  const singularValues = lazy((): HostTensor => ({ shape: [height, width], dtype: "float32", data: new Float32Array(spectrum().gains) }));
  const hartley = hartleyTransform(height, width);
  const filtered = (x: Tensor, filter: Filter): Tensor => hartley(applyFilter(hartley(x), filter));
  return linearOperator({
    name,
    domain,
    range: domain,
    apply: (x) => filtered(x, forward()),
    adjoint: (y) => filtered(y, adjoint()),
    pinv: (y) => filtered(y, pinv()),
    proxL2: (z, y, rho) => {
      // On the coefficients: z + A^T (y - A z) / (|k^|^2 + rho).
      const before = hartley(z);
      const pull = applyFilter(hartley(y).sub(applyFilter(before, forward())), adjoint());
      return hartley(before.add(pull.div(constantOf(z.trace, singularValues()).square().add(rho))));
    },
    svd: {
      shape: domain.shape,
      get singularValues() {
        return singularValues();
      },
      v: hartley,
      vt: hartley,
      u: (coefficients) => hartley(applyFilter(coefficients, phase())),
      ut: (y) => applyFilter(hartley(y), phaseAdjoint()),
    },
  });
}

/** A complex function of frequency in float64, row-major. */
interface Spectrum {
  readonly height: number;
  readonly width: number;
  readonly real: Float64Array;
  readonly imaginary: Float64Array;
}

/** A spectrum with the magnitude of each frequency. */
interface KnownSpectrum extends Spectrum {
  readonly gains: Float64Array;
}

/**
 * k^ of the kernel centred on pixel 0 of the image, with entries outside the image wrapped around. A kernel is real, so only half
 * of the frequencies are computed; the others are their conjugates.
 */
function kernelSpectrum(kernel: DenseMatrix, height: number, width: number): Spectrum {
  const half = Math.floor(width / 2) + 1;
  const rows = rowSpectra(kernel, width, half);
  const down = rootsOfUnity(height);
  const total = { height, width, real: new Float64Array(height * width), imaginary: new Float64Array(height * width) };
  // The sums of the rows with cosines and with sines give a frequency and its opposite; they stay in the cache until all rows are added.
  const [cosines, sines] = [complexRow(half), complexRow(half)];
  for (let u = 0; u <= height / 2; u++) {
    for (const part of [cosines.real, cosines.imaginary, sines.real, sines.imaginary]) part.fill(0);
    const places = rows.map(({ offset }) => (u * modulo(offset, height)) % height);
    addRows(cosines, sines, rows, places, down);
    const [here, opposite] = [u * width, ((height - u) % height) * width];
    for (let v = 0; v < half; v++) {
      total.real[here + v] = cosines.real[v]! - sines.imaginary[v]!;
      total.imaginary[here + v] = cosines.imaginary[v]! + sines.real[v]!;
      total.real[opposite + v] = cosines.real[v]! + sines.imaginary[v]!;
      total.imaginary[opposite + v] = cosines.imaginary[v]! - sines.real[v]!;
    }
  }
  for (let u = 0; u < height; u++) {
    for (let v = half; v < width; v++) {
      const from = ((height - u) % height) * width + width - v;
      total.real[u * width + v] = total.real[from]!;
      total.imaginary[u * width + v] = -total.imaginary[from]!;
    }
  }
  return total;
}

/** Complex numbers of a row. */
interface ComplexRow {
  readonly real: Float64Array;
  readonly imaginary: Float64Array;
}

const complexRow = (length: number): ComplexRow => ({ real: new Float64Array(length), imaginary: new Float64Array(length) });

/** Adds the rows one after the other, each times a cosine and times a sine; two in one pass, so that the sums are fetched half as often. */
function addRows(
  cosines: ComplexRow,
  sines: ComplexRow,
  rows: readonly ComplexRow[],
  places: readonly number[],
  { cosine, sine }: { readonly cosine: Float64Array; readonly sine: Float64Array },
): void {
  let r = 0;
  for (; r + 1 < rows.length; r += 2) {
    const [first, second] = [rows[r]!, rows[r + 1]!];
    const [c, d, s, t] = [cosine[places[r]!]!, cosine[places[r + 1]!]!, sine[places[r]!]!, sine[places[r + 1]!]!] as const;
    addTwo(cosines.real, sines.real, first.real, second.real, c, d, s, t);
    addTwo(cosines.imaginary, sines.imaginary, first.imaginary, second.imaginary, c, d, s, t);
  }
  if (r === rows.length) return;
  for (const part of ["real", "imaginary"] as const) {
    addScaled(cosines[part], rows[r]![part], cosine[places[r]!]!);
    addScaled(sines[part], rows[r]![part], sine[places[r]!]!);
  }
}

/** sum += c a + d b, and other += s a + t b, in this order. */
function addTwo(
  sum: Float64Array,
  other: Float64Array,
  a: Float64Array,
  b: Float64Array,
  c: number,
  d: number,
  s: number,
  t: number,
): void {
  for (let v = 0; v < sum.length; v++) {
    const x = a[v]!;
    const y = b[v]!;
    sum[v] = sum[v]! + c * x + d * y;
    other[v] = other[v]! + s * x + t * y;
  }
}

function addScaled(sum: Float64Array, values: Float64Array, factor: number): void {
  for (let v = 0; v < sum.length; v++) sum[v]! += factor * values[v]!;
}

/** The transform of one row of a kernel. */
interface RowSpectrum extends ComplexRow {
  /** Place of the row below the centre of the kernel. */
  readonly offset: number;
}

/** The first frequencies of every row that has an entry. */
function rowSpectra({ rows, columns, data }: DenseMatrix, width: number, frequencies: number): readonly RowSpectrum[] {
  const [centreRow, centreColumn] = [Math.floor((rows - 1) / 2), Math.floor((columns - 1) / 2)];
  const across = rootsOfUnity(width);
  return Array.from({ length: rows }, (_, r) => {
    const [real, imaginary] = [new Float64Array(frequencies), new Float64Array(frequencies)];
    for (let c = 0; c < columns; c++) {
      const weight = data[r * columns + c]!;
      if (weight === 0) continue;
      const offset = modulo(c - centreColumn, width);
      for (let v = 0; v < frequencies; v++) {
        const k = (v * offset) % width;
        real[v]! += weight * across.cosine[k]!;
        imaginary[v]! += weight * across.sine[k]!;
      }
    }
    return { offset: r - centreRow, real, imaginary };
  }).filter((_, r) => data.subarray(r * columns, (r + 1) * columns).some((weight) => weight !== 0));
}

/** Not by `Math.hypot`, which guards against overflow at several times the cost: gains are about 1. */
function gains({ real, imaginary }: Spectrum): Float64Array {
  const made = new Float64Array(real.length);
  for (let i = 0; i < made.length; i++) made[i] = Math.sqrt(real[i]! * real[i]! + imaginary[i]! * imaginary[i]!);
  return made;
}

/** Sets small gains of a spectrum, which is nobody else's yet, to zero. */
function thresholded(spectrum: Spectrum, threshold: number): KnownSpectrum {
  const magnitude = gains(spectrum);
  let largest = 0;
  for (let i = 0; i < magnitude.length; i++) largest = Math.max(largest, magnitude[i]!);
  const smallest = Math.max(threshold, largest * Math.max(spectrum.height, spectrum.width) * 2 ** -24);
  for (let i = 0; i < magnitude.length; i++) {
    if (magnitude[i]! >= smallest) continue;
    spectrum.real[i] = 0;
    spectrum.imaginary[i] = 0;
    magnitude[i] = 0;
  }
  return { ...spectrum, gains: magnitude };
}

/** A real filter on Hartley coefficients: even(w) c(w) + odd(w) c(-w). */
interface Filter {
  /** Real part of the response, [H,W]. */
  readonly even: HostTensor;
  /** Imaginary part, negated; absent if it is zero, as for a kernel that is symmetric about its centre. */
  readonly odd?: HostTensor;
}

/** The filter with the phase of the spectrum and a magnitude computed from its gain, where that is not zero. */
function filterOf(spectrum: KnownSpectrum, magnitude: (gain: number) => number): Filter {
  const factors = spectrum.gains.slice();
  for (let i = 0; i < factors.length; i++) factors[i] = factors[i]! > 0 ? magnitude(factors[i]!) / factors[i]! : 0;
  const part = (values: Float64Array, sign: number): HostTensor => ({
    shape: [spectrum.height, spectrum.width],
    dtype: "float32",
    data: float32Array(values.length, (i) => sign * factors[i]! * values[i]!),
  });
  const odd = part(spectrum.imaginary, -1);
  const rounding = 1e-9;
  return { even: part(spectrum.real, 1), ...(odd.data.every((value) => Math.abs(value) < rounding) ? {} : { odd }) };
}

/** The transpose of a filter: that of the kernel turned by half a turn. */
const reversedFilter = ({ even, odd }: Filter): Filter => (odd === undefined ? { even } : { even, odd: mapHost(odd, (value) => -value) });

function applyFilter(coefficients: Tensor, { even, odd }: Filter): Tensor {
  const kept = coefficients.mul(constantOf(coefficients.trace, even));
  if (odd === undefined) return kept;
  return kept.add(reversed(reversed(coefficients, -2), -1).mul(constantOf(coefficients.trace, odd)));
}
