import { constantOf, linearOperator, type Aval, type DenseMatrix, type HostTensor, type LinearOperator, type Tensor } from "@leader/core";
import type { ImageSize } from "../common/image.js";
import { reflected } from "../common/reflect.js";

/**
 * Convolution with a kernel of any form where the picture ends: with zeros or its mirror image around it. The adjoint is derived;
 * such a matrix has no cheap decomposition, so there is no pseudo-inverse and no proximal map.
 */
export function boundedConvolution(
  name: string,
  image: Aval,
  size: ImageSize,
  kernel: DenseMatrix,
  boundary: "zero" | "reflect",
): LinearOperator {
  const { batch, channels, height, width } = size;
  const [above, left] = [kernel.rows - 1 - Math.floor((kernel.rows - 1) / 2), kernel.columns - 1 - Math.floor((kernel.columns - 1) / 2)];
  const [below, right] = [kernel.rows - 1 - above, kernel.columns - 1 - left];
  // Conv is a correlation: a convolution needs the kernel turned by half a turn.
  const weight: HostTensor = {
    shape: [1, 1, kernel.rows, kernel.columns],
    dtype: "float32",
    data: Float32Array.from(kernel.data).reverse(),
  };
  const rows = mirrorIndices(height, above, below);
  const columns = mirrorIndices(width, left, right);
  const mirrored = (x: Tensor): Tensor => x.gather(constantOf(x.trace, rows), 2).gather(constantOf(x.trace, columns), 3);
  return linearOperator({
    name,
    domain: image,
    range: image,
    apply: (x) => {
      const planes = x.reshape([batch * channels, 1, height, width]);
      const kernelOf = constantOf(x.trace, weight);
      const blurred = boundary === "zero" ? planes.conv(kernelOf, { pads: [above, left, below, right] }) : mirrored(planes).conv(kernelOf);
      return blurred.reshape(image.shape);
    },
  });
}

/** Which pixel stands at each place of an axis extended at both ends. */
function mirrorIndices(length: number, before: number, after: number): HostTensor {
  const data = Int32Array.from({ length: before + length + after }, (_, i) => reflected(i - before, length));
  return { shape: [data.length], dtype: "int32", data };
}
