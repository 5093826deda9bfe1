import { sizeOf } from "@leader/graph";
import type { TfTensor } from "../tfjs.js";
import { product } from "./product.js";
import { float32, mutable, type Kernel, type Lowering, type LoweringContext } from "./lowering.js";

/** Direction and length of a transform. */
interface Transform {
  readonly length: number;
  readonly inverse: boolean;
}

/** Prepares the transform of the axis before the last of [rows, length, 2]. */
type RowTransform = (x: TfTensor) => TfTensor;

/** The axis goes before the pair of real and imaginary part, and back. */
export const dft: Lowering<"DFT"> = (context, { attrs: { axis, inverse }, output }) => {
  const { tf } = context;
  const { shape } = output;
  const length = shape[axis]!;
  const outer = sizeOf(shape.slice(0, axis));
  const inner = sizeOf(shape.slice(axis + 1, -1));
  const rows = context.traits.fourier ? nativeRows(context, { length, inverse }) : matrixRows(context, { length, inverse });
  const kernel: Kernel = ([x]) => {
    if (inner === 1) return tf.reshape(rows(tf.reshape(x!, [outer, length, 2])), mutable(shape));
    const moved = tf.transpose(tf.reshape(x!, [outer, length, inner, 2]), [0, 2, 1, 3]);
    const transformed = tf.reshape(rows(tf.reshape(moved, [outer * inner, length, 2])), [outer, inner, length, 2]);
    return tf.reshape(tf.transpose(transformed, [0, 2, 1, 3]), mutable(shape));
  };
  return kernel;
};

function nativeRows({ tf }: LoweringContext, { inverse }: Transform): RowTransform {
  return (x) => {
    const [real, imaginary] = tf.unstack(x, 2);
    const transformed = (inverse ? tf.spectral.ifft : tf.spectral.fft)(tf.complex(real!, imaginary!));
    return tf.stack([tf.real(transformed), tf.imag(transformed)], 2);
  };
}

/**
 * The transform as products with constant matrices: one of length n, or two of lengths p and q with p q = n
 * (Cooley-Tukey), which takes n (p + q) instead of n^2 multiplications. With t = q i + j and k = k1 + p k2,
 * w_n^(t k) = w_p^(i k1) w_n^(j k1) w_q^(j k2): the first product, one matrix for each j, holds the first two factors.
 */
function matrixRows(context: LoweringContext, transform: Transform): RowTransform {
  const { tf } = context;
  const { length } = transform;
  const p = middleDivisor(length);
  if (p === 1) {
    const matrix = context.constant(transformMatrix(transform));
    return (x) => tf.reshape(tf.matMul(tf.reshape(x, [x.size / (2 * length), 2 * length]), matrix), x.shape);
  }
  const q = length / p;
  const first = context.constant(twiddledMatrices(p, q, transform));
  const second = context.constant(transformMatrix({ ...transform, length: q }));
  return (x) => {
    const rows = x.size / (2 * length);
    // [rows, i, j, 2] -> [j, rows, (i, 2)]
    const columns = tf.transpose(tf.reshape(x, [rows, p, q, 2]), [2, 0, 1, 3]);
    const once = product(context, tf.reshape(columns, [q, rows, 2 * p]), first);
    // [j, rows, k1, 2] -> [rows, k1, (j, 2)]
    const turned = tf.transpose(tf.reshape(once, [q, rows, p, 2]), [1, 2, 0, 3]);
    const twice = tf.matMul(tf.reshape(turned, [rows * p, 2 * q]), second);
    // [rows, k1, k2, 2] -> [rows, k2, k1, 2]
    return tf.reshape(tf.transpose(tf.reshape(twice, [rows, p, q, 2]), [0, 2, 1, 3]), x.shape);
  };
}

/** Below this length one product costs no more than two. */
const shortest = 16;

/** The largest divisor up to the square root; 1 for primes and for short transforms. */
function middleDivisor(n: number): number {
  if (n < shortest) return 1;
  let p = Math.floor(Math.sqrt(n));
  while (n % p !== 0) p--;
  return p;
}

/** Angle of w^k for a root of unity of the given order; k is reduced first, which keeps the angle exact for long transforms. */
const angle = (k: number, order: number, inverse: boolean): number => ((inverse ? 2 : -2) * Math.PI * (k % order)) / order;

/** A complex number as what multiplies the row (real, imaginary) from the right. */
function placeComplex(data: Float32Array, at: number, columns: number, phase: number, scale: number): void {
  const [cos, sin] = [Math.cos(phase) * scale, Math.sin(phase) * scale];
  data[at] = cos;
  data[at + 1] = sin;
  data[at + columns] = -sin;
  data[at + columns + 1] = cos;
}

function transformMatrix({ length: n, inverse }: Transform): ReturnType<typeof float32> {
  const data = new Float32Array(4 * n * n);
  for (let t = 0; t < n; t++) {
    for (let k = 0; k < n; k++) placeComplex(data, 2 * t * 2 * n + 2 * k, 2 * n, angle(t * k, n, inverse), inverse ? 1 / n : 1);
  }
  return float32([2 * n, 2 * n], data);
}

function twiddledMatrices(p: number, q: number, { length: n, inverse }: Transform): ReturnType<typeof float32> {
  const data = new Float32Array(4 * p * p * q);
  for (let j = 0; j < q; j++) {
    for (let i = 0; i < p; i++) {
      for (let k = 0; k < p; k++) {
        // w_p^(i k) w_n^(j k) = w_n^((q i + j) k)
        placeComplex(data, (j * 2 * p + 2 * i) * 2 * p + 2 * k, 2 * p, angle((q * i + j) * k, n, inverse), inverse ? 1 / p : 1);
      }
    }
  }
  return float32([q, 2 * p, 2 * p], data);
}
