import type { HostTensor, Tensor } from "@leader/graph";
import { constantOf } from "./constants.js";
import { denseMatrix, denseToHost, type DenseMatrix } from "./dense.js";
import { lazy } from "./lazy.js";

/** e^(-2 pi i k / n), with k reduced first so that large products keep their digits. */
export function rootOfUnity(k: number, n: number): readonly [number, number] {
  const angle = (-2 * Math.PI * (k % n)) / n;
  return [Math.cos(angle), Math.sin(angle)];
}

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
const casMatrix = (length: number, scale: number): DenseMatrix =>
  denseMatrix(length, length, (k, i) => {
    const [cosine, minusSine] = rootOfUnity(k * i, length);
    return (scale * (cosine - minusSine)) / Math.sqrt(length);
  });
