import { float32Array, type HostTensor, type Tensor } from "@leader/graph";
import { constantOf } from "./constants.js";
import { denseToHost, denseTranspose, type DenseMatrix } from "./dense.js";
import { lazy } from "./lazy.js";
import { modulo, rootsOfUnity } from "./roots-of-unity.js";

/**
 * About (A A^T + rho)^-1 for the convolution A of planes [H,W] with a kernel, whatever lies beyond the picture: R (C C^T + rho)^-1 R^T, where R cuts the
 * picture out of one that is larger by the kernel, and C is the convolution there, continued with the other sign. A continuation by
 * halves of periods has its frequencies between those of a periodic one, so that each has a cosine and a sine in every axis, and both
 * changes of basis are products with one matrix per axis, which extends or cuts the picture as well.
 */
export function convolutionInverse(kernel: DenseMatrix, height: number, width: number): (u: Tensor, rho: Tensor) => Tensor {
  const [tall, wide] = [extended(height, kernel.rows), extended(width, kernel.columns)];
  const vertical = lazy(() => bothForms(basis(tall, height)));
  const horizontal = lazy(() => (tall === wide && height === width ? vertical() : bothForms(basis(wide, width))));
  const powers = lazy(() => powerSpectra(kernel, tall, wide));
  return (u, rho) => {
    const constant = (value: HostTensor): Tensor => constantOf(u.trace, value);
    const coefficients = constant(vertical().matrix).matmul(u.matmul(constant(horizontal().transposed)));
    const [here, mirrored] = powers().map((power) => u.trace.scalar(0.5, "float32").div(constant(power).add(rho)));
    const filtered = coefficients.mul(here!.add(mirrored!)).add(exchanged(coefficients).mul(mirrored!.sub(here!)));
    return constant(vertical().transposed).matmul(filtered.matmul(constant(horizontal().matrix)));
  };
}

/** The side of the larger picture; even, for as many cosines as sines. */
const extended = (length: number, taps: number): number => 2 * Math.ceil((length + taps - 1) / 2);

interface BothForms {
  readonly matrix: HostTensor;
  readonly transposed: HostTensor;
}

const bothForms = (matrix: DenseMatrix): BothForms => ({ matrix: denseToHost(matrix), transposed: denseToHost(denseTranspose(matrix)) });

/** [length, kept]: n/2 cosines of the frequencies 2 pi (k + 1/2) / n, and as many sines, at the first pixels. Its rows are orthonormal with all n pixels. */
function basis(length: number, kept: number): DenseMatrix {
  const { cosine, sine } = rootsOfUnity(2 * length);
  const [half, scale] = [length / 2, Math.sqrt(2 / length)];
  const data = new Float64Array(length * kept);
  for (let k = 0; k < half; k++) {
    for (let i = 0; i < kept; i++) {
      const place = ((2 * k + 1) * i) % (2 * length);
      data[k * kept + i] = scale * cosine[place]!;
      // The table has e^(-i a).
      data[(half + k) * kept + i] = -scale * sine[place]!;
    }
  }
  return { rows: length, columns: kept, data };
}

/**
 * |k^|^2 [tall, wide] at the frequencies (a, b) of the products of two cosines and of two sines, and at (a, -b); for those of a cosine and a sine the
 * other way round. A filter of the responses p and q at the two maps cos a cos b, which is the sum of cos(a + b) and cos(a - b) halved, to
 * (p + q)/2 cos a cos b + (q - p)/2 sin a sin b.
 */
function powerSpectra(kernel: DenseMatrix, tall: number, wide: number): readonly [HostTensor, HostTensor] {
  const [halfTall, halfWide] = [tall / 2, wide / 2];
  const [here, mirrored] = [new Float64Array(halfTall * halfWide), new Float64Array(halfTall * halfWide)];
  const across = rootsOfUnity(2 * wide);
  for (let a = 0; a < halfTall; a++) {
    const columns = columnSums(kernel, tall, a);
    for (let b = 0; b < halfWide; b++) {
      // Sums of the real and the imaginary part with cosines and sines give a frequency and its mirror image.
      let [realCosine, realSine, imaginaryCosine, imaginarySine] = [0, 0, 0, 0];
      for (let c = 0; c < kernel.columns; c++) {
        const place = ((2 * b + 1) * c) % (2 * wide);
        realCosine += columns.real[c]! * across.cosine[place]!;
        realSine += columns.real[c]! * across.sine[place]!;
        imaginaryCosine += columns.imaginary[c]! * across.cosine[place]!;
        imaginarySine += columns.imaginary[c]! * across.sine[place]!;
      }
      here[a * halfWide + b] = (realCosine - imaginarySine) ** 2 + (imaginaryCosine + realSine) ** 2;
      mirrored[a * halfWide + b] = (realCosine + imaginarySine) ** 2 + (imaginaryCosine - realSine) ** 2;
    }
  }
  const quarters = (same: Float64Array, mixed: Float64Array): HostTensor => ({
    shape: [tall, wide],
    dtype: "float32",
    data: float32Array(tall * wide, (i) => {
      const [row, column] = [Math.floor(i / wide), i % wide];
      const place = modulo(row, halfTall) * halfWide + modulo(column, halfWide);
      return row < halfTall === column < halfWide ? same[place]! : mixed[place]!;
    }),
  });
  return [quarters(here, mirrored), quarters(mirrored, here)];
}

/** The columns of a kernel at the vertical frequency of the given number. */
function columnSums({ rows, columns, data }: DenseMatrix, tall: number, frequency: number) {
  const { cosine, sine } = rootsOfUnity(2 * tall);
  const [real, imaginary] = [new Float64Array(columns), new Float64Array(columns)];
  for (let r = 0; r < rows; r++) {
    const place = ((2 * frequency + 1) * r) % (2 * tall);
    for (let c = 0; c < columns; c++) {
      real[c]! += data[r * columns + c]! * cosine[place]!;
      imaginary[c]! += data[r * columns + c]! * sine[place]!;
    }
  }
  return { real, imaginary };
}

/** Cosines in the places of sines and the other way round, in both axes. */
const exchanged = (coefficients: Tensor): Tensor =>
  [-2, -1].reduce((part, axis) => {
    const length = part.shape.at(axis)!;
    return part.sliceAxis(axis, length / 2, length).concat([part.sliceAxis(axis, 0, length / 2)], axis);
  }, coefficients);
