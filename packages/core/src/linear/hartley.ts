import type { Tensor } from "@leader/graph";
import { constantOf } from "./constants.js";
import { denseToHost, type DenseMatrix } from "./dense.js";
import { fastHartleyTransform } from "./fast-hartley.js";
import { lazy } from "./lazy.js";
import { reversed } from "./reversal.js";
import { rootsOfUnity } from "./roots-of-unity.js";

/**
 * The orthonormal Hartley transform over the last two axes, sum over x of x(p) cas(w . p) with cas = cos + sin: symmetric, and its own
 * inverse. From the product transform, since 2 cas(a + b) = cas a cas b + cas(-a) cas b + cas a cas(-b) - cas(-a) cas(-b);
 * sides of 512 pixels and more with factors near their square root in smaller products.
 */
export function hartleyTransform(height: number, width: number): (x: Tensor) => Tensor {
  return fastHartleyTransform(height, width) ?? denseHartleyTransform(height, width);
}

/** By a dense product for each axis. */
export function denseHartleyTransform(height: number, width: number): (x: Tensor) => Tensor {
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
