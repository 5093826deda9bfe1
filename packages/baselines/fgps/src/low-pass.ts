import {
  constantOf,
  coreErrors,
  extents,
  formatAval,
  hartleyTransform,
  type HostTensor,
  type LinearOperator,
  type Tensor,
} from "@leader/core";

/** Cut-offs are stated for images of this size. */
const statedSide = 256;

/**
 * The ideal low-pass filter of a measured picture: of its Fourier coefficients those below the cut-off stay. A symmetric projection. Frequencies count in cycles per 256
 * pixels of the image, so that on a picture of 256 x 256 they are the integers of the discrete Fourier transform.
 * @param cutoff a scalar.
 * Errors: a measurement that is no picture.
 */
export function lowPass({ name, domain, range }: LinearOperator, r: Tensor, cutoff: Tensor): Tensor {
  if (range.shape.length !== 4) {
    const received = `${formatAval(range)} of \`${name}\``;
    throw coreErrors.BAD_ARGUMENT({ function: "fgps", expected: "an operator that measures pictures [N,C,H,W]", received });
  }
  const size = extents(range.shape.slice(2), 2);
  const squares = squaredFrequencies(size, extents(domain.shape.slice(2), 2));
  const hartley = hartleyTransform(...size);
  return hartley(hartley(r).mul(constantOf(r.trace, squares).less(cutoff.square()).cast("float32")));
}

/** The square of every frequency's length, in the order of the discrete transform. */
function squaredFrequencies([height, width]: readonly [number, number], image: readonly [number, number]): HostTensor {
  const along = (k: number, size: number, side: number): number => (2 * k > size ? k - size : k) * (statedSide / side);
  return {
    shape: [height, width],
    dtype: "float32",
    data: Float32Array.from(
      { length: height * width },
      (_, i) => along(Math.floor(i / width), height, image[0]) ** 2 + along(i % width, width, image[1]) ** 2,
    ),
  };
}
