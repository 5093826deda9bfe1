import { constantOf, denseToHost, denseTranspose, type Aval, type HostTensor, type LinearOperator, type Tensor } from "@leader/core";
import { cosineBasis } from "../common/cosine-basis.js";
import type { ImageSize } from "../common/image.js";
import { tightOperator } from "../common/tight-operator.js";
import { padTo } from "../common/zeros.js";

/**
 * Mean over blocks of factor x factor pixels, with the one singular value 1 / factor; A^+ repeats each pixel.
 * V is the orthonormal cosine basis of each block, whose first vector is constant. Coefficients are [N,C,h,factor,w,factor].
 */
export function averagePool(image: Aval, { batch, channels, height, width }: ImageSize, factor: number): LinearOperator {
  const [rows, columns] = [height / factor, width / factor];
  const blocks = [batch, channels, rows, factor, columns, factor];
  const measurement = [batch, channels, rows, columns];
  const cosines = cosineBasis(factor);
  const [basis, inverseBasis] = [denseToHost(cosines), denseToHost(denseTranspose(cosines))];
  const repeated = (y: Tensor): Tensor => y.reshape([batch, channels, rows, 1, columns, 1]).expand(blocks).reshape(image.shape);
  return tightOperator({
    name: "average-pool super-resolution",
    domain: image,
    range: { shape: measurement, dtype: "float32" },
    gain: 1 / factor,
    apply: (x) => x.reshape(blocks).mean([5]).mean([3]),
    adjoint: (y) => repeated(y.div(factor * factor)),
    pinv: repeated,
    svd: {
      shape: blocks,
      singularValues: firstOnly(factor),
      vt: (x) => {
        const vertical = constantOf(x.trace, basis).matmul(x.reshape([batch, channels, rows, factor, width]));
        return vertical.reshape(blocks).matmul(constantOf(x.trace, inverseBasis));
      },
      v: (c) => {
        const horizontal = c.matmul(constantOf(c.trace, basis)).reshape([batch, channels, rows, factor, width]);
        return constantOf(c.trace, inverseBasis).matmul(horizontal).reshape(image.shape);
      },
      u: (c) => c.sliceAxis(5, 0, 1).sliceAxis(3, 0, 1).reshape(measurement),
      ut: (y) => padTo(y.reshape([batch, channels, rows, 1, columns, 1]), blocks),
    },
  });
}

/** 1 / factor for the constant vector of a block, 0 for all others: [factor,1,factor]. */
function firstOnly(factor: number): HostTensor {
  const data = new Float32Array(factor * factor);
  data[0] = 1 / factor;
  return { shape: [factor, 1, factor], dtype: "float32", data };
}
