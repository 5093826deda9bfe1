import {
  constantOf,
  convolutionInverse,
  defined,
  linearOperator,
  type Aval,
  type DenseMatrix,
  type HostTensor,
  type LinearOperator,
  type Tensor,
} from "@leader/core";
import type { ImageSize } from "../common/image.js";
import { reflected } from "../common/reflect.js";

/** Sides of a picture at which it goes on, since it is a part of a larger one. */
export interface Cut {
  readonly above: boolean;
  readonly below: boolean;
  readonly left: boolean;
  readonly right: boolean;
}

const nowhere: Cut = { above: false, below: false, left: false, right: false };

/** Above, the dense products of the approximate inverse take longer than the iterations that it saves; such pictures are cut into parts, too. */
const largestInverted = 1024;

/**
 * Convolution with a kernel of any form where the picture ends: with zeros or its mirror image around it. The adjoint is derived;
 * such a matrix has no cheap decomposition, so there is no pseudo-inverse and no proximal map, but an approximate inverse for conjugate gradients.
 * @param cut where the picture is a part of a larger one: what is measured there also depends on pixels beyond the part, and counts as not measured.
 *   Taken for the measurement of a mirrored border it would ring through the inverse, far into the part.
 */
export function boundedConvolution(
  name: string,
  image: Aval,
  size: ImageSize,
  kernel: DenseMatrix,
  boundary: "zero" | "reflect",
  cut: Cut = nowhere,
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
  const rows = [mirrorIndices(height, -above, 0), mirrorIndices(height, height, height + below)] as const;
  const columns = [mirrorIndices(width, -left, 0), mirrorIndices(width, width, width + right)] as const;
  const measured = measuredInside(size, cut, { above, below, left, right });
  const mirrored = (x: Tensor): Tensor => bordered(bordered(x, rows, 2), columns, 3);
  return linearOperator({
    name,
    domain: image,
    range: image,
    apply: (x) => {
      const planes = x.reshape([batch * channels, 1, height, width]);
      const kernelOf = constantOf(x.trace, weight);
      const blurred = boundary === "zero" ? planes.conv(kernelOf, { pads: [above, left, below, right] }) : mirrored(planes).conv(kernelOf);
      const whole = blurred.reshape(image.shape);
      return measured === undefined ? whole : whole.mul(constantOf(x.trace, measured));
    },
    ...defined({
      measured,
      normalInverse: Math.max(height, width) <= largestInverted ? convolutionInverse(kernel, height, width) : undefined,
    }),
  });
}

/** 1 where the kernel stays within the part, 0 within its reach of a cut; undefined without cuts. @param reach of the kernel to each side. */
function measuredInside({ height, width }: ImageSize, cut: Cut, reach: Readonly<Record<keyof Cut, number>>): HostTensor | undefined {
  if (!Object.values(cut).some(Boolean)) return undefined;
  const [top, bottom] = [cut.above ? reach.above : 0, height - (cut.below ? reach.below : 0)];
  const [left, right] = [cut.left ? reach.left : 0, width - (cut.right ? reach.right : 0)];
  const data = new Float32Array(height * width);
  for (let row = top; row < bottom; row++) data.fill(1, row * width + left, row * width + right);
  return { shape: [1, 1, height, width], dtype: "float32", data };
}

/** Which pixel stands at each of the places from `start` up to `end` of an axis that goes on beyond its ends. */
function mirrorIndices(length: number, start: number, end: number): HostTensor {
  const data = Int32Array.from({ length: end - start }, (_, i) => reflected(start + i, length));
  return { shape: [data.length], dtype: "int32", data };
}

/** With the pixels of these indices before and after: only they are looked up one by one. */
function bordered(x: Tensor, around: readonly [HostTensor, HostTensor], axis: number): Tensor {
  const [before, after] = around.map((indices) => (indices.data.length === 0 ? [] : [x.gather(constantOf(x.trace, indices), axis)]));
  const [first, ...others] = [...before!, x, ...after!];
  return first!.concat(others, axis);
}
