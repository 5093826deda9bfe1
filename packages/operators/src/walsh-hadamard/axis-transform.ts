import { denseMatrix, type DenseMatrix } from "@leader/core";
import { cosineBasis } from "../common/cosine-basis.js";

/**
 * The orthonormal transform of one axis of length n = 2^a q, q odd: the Kronecker product of the Walsh-Hadamard matrix of order 2^a
 * (natural order) and the cosine basis of order q. Row 0 is constant. For powers of two it is the Walsh-Hadamard matrix itself, and the
 * transform of both axes is then that of the flattened picture.
 */
export function axisTransform(length: number): DenseMatrix {
  const power = largestPowerOfTwo(length);
  const odd = length / power;
  const cosines = cosineBasis(odd).data;
  const scale = 1 / Math.sqrt(power);
  return denseMatrix(length, length, (k, i) => {
    const sign = hadamardSign(Math.floor(k / odd), Math.floor(i / odd));
    return scale * sign * cosines[(k % odd) * odd + (i % odd)]!;
  });
}

/** The largest power of two that divides n. */
const largestPowerOfTwo = (n: number): number => n & -n;

/** Entry (k, i) of the Walsh-Hadamard matrix: -1 to the number of common binary ones. */
function hadamardSign(k: number, i: number): number {
  let common = k & i;
  let sign = 1;
  for (; common !== 0; common &= common - 1) sign = -sign;
  return sign;
}
