import { constantOf, denseMatrix, denseToHost, denseTranspose, type DenseMatrix, type HostTensor, type Tensor } from "@leader/core";
import { cosineBasis } from "../common/cosine-basis.js";

/** Matrices of this order multiply about as fast as memory delivers; with smaller ones the picture is only read more often. */
const LARGEST_FACTOR = 32;

/**
 * The orthonormal transform of one axis of length n = 2^a q, q odd: the Kronecker product of the Walsh-Hadamard matrix of order 2^a
 * (natural order) and the cosine basis of order q. Row 0 is constant. For powers of two it is the Walsh-Hadamard matrix itself, and the
 * transform of both axes is then that of the flattened picture.
 * @returns orthonormal matrices whose Kronecker product is the transform, the outermost first: a butterfly, several of whose levels make
 *   one product of small matrices.
 */
export function axisFactors(length: number): readonly DenseMatrix[] {
  const power = length & -length;
  const odd = length / power;
  const levels = Math.log2(power);
  const count = Math.ceil(levels / Math.log2(LARGEST_FACTOR));
  const bound = (i: number): number => Math.floor((i * levels) / count);
  const orders = Array.from({ length: count }, (_, i) => 2 ** (bound(i + 1) - bound(i)));
  const last = orders.at(-1);
  if (odd === 1 && last !== undefined) return orders.map(hadamard);
  // Products with very small matrices are slow: a small odd part joins the innermost factor.
  if (last === undefined || last * odd > 2 * LARGEST_FACTOR) return [...orders.map(hadamard), cosineBasis(odd)];
  return [...orders.slice(0, -1).map(hadamard), kronecker(hadamard(last), cosineBasis(odd))];
}

/** The orthonormal Walsh-Hadamard matrix: the sign is -1 to the number of common binary ones. */
function hadamard(order: number): DenseMatrix {
  const scale = 1 / Math.sqrt(order);
  return denseMatrix(order, order, (k, i) => {
    let entry = scale;
    for (let common = k & i; common !== 0; common &= common - 1) entry = -entry;
    return entry;
  });
}

/** Entry (r, c) of each block of b, times an entry of a. */
const kronecker = (a: DenseMatrix, b: DenseMatrix): DenseMatrix =>
  denseMatrix(a.rows * b.rows, a.columns * b.columns, (r, c) => {
    const [outer, inner] = [Math.floor(r / b.rows), Math.floor(c / b.columns)];
    return a.data[outer * a.columns + inner]! * b.data[(r % b.rows) * b.columns + (c % b.columns)]!;
  });

/** The product transform of the two axes of pictures [N,C,H,W], and its inverse: one small product for each factor. */
export interface PictureTransform {
  readonly forward: (x: Tensor) => Tensor;
  readonly inverse: (c: Tensor) => Tensor;
}

export function pictureTransform(height: number, width: number): PictureTransform {
  // The flattened picture is one axis whose transform is the Kronecker product of both.
  const factors = [...axisFactors(height), ...axisFactors(width)];
  return { forward: kroneckerProduct(factors), inverse: kroneckerProduct(factors.map(denseTranspose)) };
}

/** Applies a Kronecker product to the last two axes, taken as one; each factor acts on a part of it of its own. */
function kroneckerProduct(factors: readonly DenseMatrix[]): (x: Tensor) => Tensor {
  const innermost = factors.at(-1)!;
  const fromRight = denseToHost(denseTranspose(innermost));
  const fromLeft = factors.slice(0, -1).reverse().map(denseToHost);
  return (x) => {
    const planes = x.shape.slice(0, -2);
    const size = x.shape.at(-2)! * x.shape.at(-1)!;
    const order = innermost.rows;
    const first = x.reshape([...planes, size / order, order]).matmul(constantOf(x.trace, fromRight));
    return fromLeft
      .reduce<{ readonly value: Tensor; readonly inside: number }>(
        ({ value, inside }, factor) => timesFactor(value, factor, planes, inside, size),
        { value: first, inside: order },
      )
      .value.reshape(x.shape);
  };
}

/** A factor times the part of the flattened picture outside of what the factors before have acted on. */
function timesFactor(
  value: Tensor,
  factor: HostTensor,
  planes: readonly number[],
  inside: number,
  size: number,
): { readonly value: Tensor; readonly inside: number } {
  const order = factor.shape[0]!;
  const parts = value.reshape([...planes, size / order / inside, order, inside]);
  return { value: constantOf(value.trace, factor).matmul(parts), inside: inside * order };
}
