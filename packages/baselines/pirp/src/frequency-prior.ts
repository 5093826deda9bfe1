import { constantOf, extents, type HostTensor, type Tensor } from "@leader/core";
import { slope, type Potential } from "./potential.js";

/** Added to the squared gradient, and bounds of the sum, as released. */
const [offset, low, high] = [2e-4, 1e-4, 100];

/**
 * FDGR's G-: the gradient of the potential of the band-limited derivatives g_u = Re F^-1(2 pi i u F x0) and g_v, both axes together, at
 * s = clamp(g_u^2 + g_v^2 + 2e-4, 1e-4, 100). Each derivative is a circulant matrix along its axis, antisymmetric and real.
 */
export function frequencyGradient(x0: Tensor, potential: Potential): Tensor {
  const [height, width] = extents(x0.shape.slice(2), 2);
  const alongWidth = constantOf(x0.trace, derivativeMatrix(width));
  const alongHeight = constantOf(x0.trace, derivativeMatrix(height));
  // Multiplied from the right an antisymmetric matrix gives -g_u; the sign is the same twice, here and in the gradient.
  const gu = x0.matmul(alongWidth);
  const gv = alongHeight.matmul(x0);
  const weight = slope(gu.square().add(gv.square()).add(offset).clip(low, high), potential);
  return weight
    .mul(gu)
    .matmul(alongWidth)
    .add(alongHeight.matmul(weight.mul(gv)))
    .neg();
}

/**
 * The derivative of the trigonometric polynomial through n points, per pixel: entry (j, k) is
 * (1/n) sum over frequencies u = m/n of 2 pi i u exp(2 pi i u (j-k)). At the frequency n/2 of an even n the real part vanishes.
 */
export function derivativeMatrix(n: number): HostTensor {
  const kernel = Array.from({ length: n }, (_, distance) => {
    let sum = 0;
    for (let m = 1; 2 * m < n; m++) sum -= ((4 * Math.PI * m) / (n * n)) * Math.sin((2 * Math.PI * m * distance) / n);
    return sum;
  });
  return {
    shape: [n, n],
    dtype: "float32",
    data: Float32Array.from({ length: n * n }, (_, i) => kernel[(Math.floor(i / n) - (i % n) + n) % n]!),
  };
}
