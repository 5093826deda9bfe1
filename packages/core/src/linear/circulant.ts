import { errors } from "../error-codes.js";
import type { LinearOperator } from "../contract/operator.js";
import type { Aval, HostTensor } from "../contract/tensor.js";
import { formatAval } from "../ir/format.js";
import { sizeOf } from "../ir/shape.js";
import type { Tensor } from "../ir/tensor.js";
import { constantOf } from "./constants.js";
import type { DenseMatrix } from "./dense.js";
import { lazy } from "./lazy.js";
import { linearOperator } from "./linear-operator.js";
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
 * Periodic convolution, diagonal in the Fourier basis: y = F^-1 (k^ F x). All members are pointwise products between discrete Fourier
 * transforms. Filters have real kernels, so two real planes travel as the real and imaginary part of one complex plane.
 *
 * The decomposition is real: V is the discrete Hartley transform, whose atoms cos + sin are eigenvectors of A^T A, and U is V with the
 * phase of k^ applied; the singular values are |k^|.
 */
export function circulantOperator({ name, domain, kernel, threshold = 0 }: CirculantOptions): LinearOperator {
  if (domain.shape.length < 2)
    throw errors.SHAPE_MISMATCH({ op: name, problem: `expected images [..., H, W], received ${formatAval(domain)}` });
  const [height, width] = domain.shape.slice(-2) as [number, number];
  const spectrum = lazy(() => thresholded(kernelSpectrum(kernel, height, width), threshold));
  const filters = {
    forward: lazy(() => filterOf(spectrum(), (gain) => gain)),
    inverse: lazy(() => filterOf(spectrum(), (gain) => 1 / gain)),
    phase: lazy(() => filterOf(spectrum(), () => 1)),
  };
  const adjoint = lazy(() => conjugate(filters.forward()));
  const pinv = lazy(() => conjugate(filters.inverse()));
  const phaseAdjoint = lazy(() => conjugate(filters.phase()));
  const singularValues = lazy((): HostTensor => ({ shape: [height, width], dtype: "float32", data: Float32Array.from(gains(spectrum())) }));
  const seen = lazy(() => mapHost(singularValues(), (s) => (s > 0 ? 1 : 0)));
  const squaredGains = lazy(() => withTrailingAxis(mapHost(singularValues(), (s) => s * s)));
  return linearOperator({
    name,
    domain,
    range: domain,
    apply: (x) => filtered(x, filters.forward()),
    adjoint: (y) => filtered(y, adjoint()),
    pinv: (y) => filtered(y, pinv()),
    proxL2: (z, y, rho) => {
      // In the Fourier domain: z + conj(k) (y - k z) / (|k|^2 + rho).
      const before = toSpectrum(z);
      const residual = toSpectrum(y).sub(multiply(before, filters.forward()));
      const damping = constantOf(z.trace, squaredGains()).add(rho);
      return fromSpectrum(before.add(multiply(residual, adjoint()).div(damping)), domain.shape);
    },
    svd: {
      shape: domain.shape,
      get singularValues() {
        return singularValues();
      },
      v: hartley,
      vt: hartley,
      u: (coefficients) => filtered(hartley(coefficients), filters.phase()),
      ut: (y) => {
        const coefficients = hartley(filtered(y, phaseAdjoint()));
        // The transforms leave rounding errors where exact zeros are promised.
        return singularValues().data.includes(0) ? coefficients.mul(constantOf(y.trace, seen())) : coefficients;
      },
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

/** k^ of the kernel centred on pixel 0 of the image, with entries outside the image wrapped around. */
function kernelSpectrum(kernel: DenseMatrix, height: number, width: number): Spectrum {
  const { rows, columns, data } = kernel;
  const [centreRow, centreColumn] = [Math.floor((rows - 1) / 2), Math.floor((columns - 1) / 2)];
  const rowSums = { real: new Float64Array(rows * width), imaginary: new Float64Array(rows * width) };
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++) {
      const weight = data[r * columns + c]!;
      for (let v = 0; v < width && weight !== 0; v++) {
        const [cosine, sine] = rootOfUnity(v * (c - centreColumn), width);
        rowSums.real[r * width + v]! += weight * cosine;
        rowSums.imaginary[r * width + v]! += weight * sine;
      }
    }
  }
  const total = { height, width, real: new Float64Array(height * width), imaginary: new Float64Array(height * width) };
  for (let u = 0; u < height; u++) {
    for (let r = 0; r < rows; r++) {
      const [cosine, sine] = rootOfUnity(u * (r - centreRow), height);
      for (let v = 0; v < width; v++) {
        const [re, im] = [rowSums.real[r * width + v]!, rowSums.imaginary[r * width + v]!];
        total.real[u * width + v]! += re * cosine - im * sine;
        total.imaginary[u * width + v]! += re * sine + im * cosine;
      }
    }
  }
  return total;
}

/** e^(-2 pi i k / n), with k reduced first so that large products keep their digits. */
function rootOfUnity(k: number, n: number): readonly [number, number] {
  const angle = (-2 * Math.PI * (k % n)) / n;
  return [Math.cos(angle), Math.sin(angle)];
}

const gains = (spectrum: Spectrum): Float64Array => spectrum.real.map((re, i) => Math.hypot(re, spectrum.imaginary[i]!));

/** The spectrum with small gains set to zero. */
function thresholded(spectrum: Spectrum, threshold: number): Spectrum {
  const magnitude = gains(spectrum);
  const largest = magnitude.reduce((a, b) => Math.max(a, b), 0);
  const smallest = Math.max(threshold, largest * Math.max(spectrum.height, spectrum.width) * 2 ** -24);
  const keep = (part: Float64Array): Float64Array => part.map((value, i) => (magnitude[i]! >= smallest ? value : 0));
  return { ...spectrum, real: keep(spectrum.real), imaginary: keep(spectrum.imaginary) };
}

/** A pointwise factor of complex planes [Q, H, W, 2]; `rotation` multiplies the planes with their parts exchanged. */
interface Filter {
  /** Real part, [H, W, 1]. */
  readonly real: HostTensor;
  /** (-imaginary, imaginary), [H, W, 2]; absent if the filter is real. */
  readonly rotation?: HostTensor;
}

/** The filter with the phase of the spectrum and a magnitude computed from its gain, where that is not zero. */
function filterOf(spectrum: Spectrum, magnitude: (gain: number) => number): Filter {
  const { height, width } = spectrum;
  const size = height * width;
  const real = new Float32Array(size);
  const rotation = new Float32Array(2 * size);
  gains(spectrum).forEach((gain, i) => {
    const factor = gain > 0 ? magnitude(gain) / gain : 0;
    real[i] = factor * spectrum.real[i]!;
    rotation[2 * i] = -factor * spectrum.imaginary[i]!;
    rotation[2 * i + 1] = factor * spectrum.imaginary[i]!;
  });
  const filter: Filter = { real: { shape: [height, width, 1], dtype: "float32", data: real } };
  // The spectrum of a symmetric kernel is real up to rounding.
  const isReal = rotation.every((value) => Math.abs(value) < 1e-9);
  return isReal ? filter : { ...filter, rotation: { shape: [height, width, 2], dtype: "float32", data: rotation } };
}

const conjugate = (filter: Filter): Filter =>
  filter.rotation === undefined ? filter : { ...filter, rotation: mapHost(filter.rotation, (x) => -x) };

const withTrailingAxis = (value: HostTensor): HostTensor => ({ ...value, shape: [...value.shape, 1] });

function multiply(planes: Tensor, filter: Filter): Tensor {
  const real = planes.mul(constantOf(planes.trace, filter.real));
  return filter.rotation === undefined ? real : real.add(planes.flip([-1]).mul(constantOf(planes.trace, filter.rotation)));
}

const filtered = (x: Tensor, filter: Filter): Tensor => fromSpectrum(multiply(toSpectrum(x), filter), x.shape);

/** Real planes [..., H, W], two by two as complex planes [Q, H, W, 2], transformed over H and W. */
function toSpectrum(x: Tensor): Tensor {
  const [height, width] = x.shape.slice(-2) as [number, number];
  const planes = sizeOf(x.shape.slice(0, -2));
  const even = x.reshape([planes, height, width]).pad([0, 0, 0, planes % 2, 0, 0]);
  const pairs = even.reshape([even.shape[0]! / 2, 2, height, width]).transpose([0, 2, 3, 1]);
  return pairs.dft(2).dft(1);
}

/** The inverse of `toSpectrum`. */
function fromSpectrum(spectrum: Tensor, shape: readonly number[]): Tensor {
  const [pairs, height, width] = spectrum.shape as readonly [number, number, number];
  const planes = spectrum
    .dft(1, true)
    .dft(2, true)
    .transpose([0, 3, 1, 2])
    .reshape([2 * pairs, height, width]);
  return planes.sliceAxis(0, 0, sizeOf(shape.slice(0, -2))).reshape(shape);
}

/** Orthonormal discrete Hartley transform over the last two axes: symmetric, and its own inverse. */
function hartley(x: Tensor): Tensor {
  const [height, width] = x.shape.slice(-2) as [number, number];
  const planes = sizeOf(x.shape.slice(0, -2));
  const complex = x.reshape([planes, height, width, 1]).pad([0, 0, 0, 0, 0, 0, 0, 1]);
  const spectrum = complex.dft(2).dft(1);
  const difference = spectrum.sliceAxis(-1, 0, 1).sub(spectrum.sliceAxis(-1, 1, 2));
  return difference.mul(1 / Math.sqrt(height * width)).reshape(x.shape);
}
