import type { HostTensor, Tensor } from "@leader/graph";
import { constantOf } from "./constants.js";
import { denseToHost, type DenseMatrix } from "./dense.js";
import { lazy } from "./lazy.js";

/** Tables that are kept; sizes of pictures come and go. */
const keptTables = 8;
const tables = new Map<number, Roots>();

/** e^(-2 pi i k / n) for k = 0..n-1. */
interface Roots {
  readonly cosine: Float64Array;
  readonly sine: Float64Array;
}

/** The n-th roots of unity. Where k is a product it is reduced by n first, so that large ones keep their digits. */
export function rootsOfUnity(n: number): Roots {
  const known = tables.get(n);
  if (known !== undefined) return known;
  const angle = (k: number): number => (-2 * Math.PI * k) / n;
  const made = {
    cosine: Float64Array.from({ length: n }, (_, k) => Math.cos(angle(k))),
    sine: Float64Array.from({ length: n }, (_, k) => Math.sin(angle(k))),
  };
  if (tables.size >= keptTables) tables.delete(tables.keys().next().value!);
  tables.set(n, made);
  return made;
}

/** k as one of 0..n-1. */
export const modulo = (k: number, n: number): number => ((k % n) + n) % n;

const reversals = new Map<number, HostTensor>();

/** c(-w) along an axis: entry 0 stays, the others come in opposite order. */
export function reversed(coefficients: Tensor, axis: number): Tensor {
  const length = coefficients.shape.at(axis)!;
  let indices = reversals.get(length);
  if (indices === undefined) {
    indices = { shape: [length], dtype: "int32", data: Int32Array.from({ length }, (_, i) => (length - i) % length) };
    reversals.set(length, indices);
  }
  return coefficients.gather(constantOf(coefficients.trace, indices), axis);
}

/**
 * The orthonormal Hartley transform over the last two axes, sum over x of x(p) cas(w . p) with cas = cos + sin: symmetric, and its own
 * inverse. From the product transform, since 2 cas(a + b) = cas a cas b + cas(-a) cas b + cas a cas(-b) - cas(-a) cas(-b).
 */
export function hartleyTransform(height: number, width: number): (x: Tensor) => Tensor {
  const left = lazy(() => denseToHost(casMatrix(height, 0.5)));
  const right = lazy(() => denseToHost(casMatrix(width, 1)));
  return (x) => {
    const product = constantOf(x.trace, left()).matmul(x.matmul(constantOf(x.trace, right())));
    const flipped = reversed(product, -2);
    return product.add(flipped).add(reversed(product.sub(flipped), -1));
  };
}

/** The orthonormal one-dimensional Hartley matrix, times a scale. */
function casMatrix(length: number, scale: number): DenseMatrix {
  const { cosine, sine } = rootsOfUnity(length);
  const cas = cosine.map((value, k) => (scale * (value - sine[k]!)) / Math.sqrt(length));
  const data = new Float64Array(length * length);
  // The product of the two indices, modulo the length, by sums: a million divisions take longer than the rest of a set-up.
  for (let k = 0, at = 0; k < length; k++) {
    for (let i = 0, place = 0; i < length; i++, at++) {
      data[at] = cas[place]!;
      place += k;
      if (place >= length) place -= length;
    }
  }
  return { rows: length, columns: length, data };
}
