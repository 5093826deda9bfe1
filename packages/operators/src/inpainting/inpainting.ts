import { constantOf, defineStage, type Aval, type HostTensor, type ImagePart, type LinearOperator, type Tensor } from "@leader/core";
import { imageSize, imageType, type ImageSize } from "../common/image.js";
import { pointwise, sameSizeOperator } from "../common/same-size.js";
import { tightOperator } from "../common/tight-operator.js";
import { maskSource } from "./mask.js";
import { inpaintingOptions } from "./options.js";

/**
 * Keeps some pixels and loses the others. The measurement has the size of the picture, with 0 (mid-grey) at the missing pixels and
 * `measured` telling which those are; whatever a measurement holds there is ignored. A is a diagonal projection, so A = A^T = A^+.
 */
export const inpainting = defineStage({
  kind: "operator",
  summary: "missing pixels: a mask file, a box, or a random share",
  reference:
    "Wang, Yu, Zhang 2023, Zero-Shot Image Restoration Using Denoising Diffusion Null-Space Model, https://arxiv.org/abs/2212.00490",
  options: inpaintingOptions,
  async create(options, environment) {
    const maskOf = await maskSource(options, environment);
    const whole = (image: Aval, { height, width }: ImageSize): LinearOperator => operatorOf(image, maskOf(height, width));
    return sameSizeOperator("inpainting", whole, {
      ...pointwise,
      at: (image, part) => {
        const { height, width, ...planes } = imageSize("inpainting", image);
        const own = imageType({ ...planes, height: part.height, width: part.width });
        return operatorOf(own, cropped(maskOf(height, width), width, part));
      },
    });
  },
});

function operatorOf(image: Aval, plane: Float32Array): LinearOperator {
  const [, , height = 0, width = 0] = image.shape;
  const mask: HostTensor = { shape: [1, 1, height, width], dtype: "float32", data: plane };
  const kept = (x: Tensor): Tensor => x.mul(constantOf(x.trace, mask));
  return tightOperator({
    name: "inpainting",
    domain: image,
    range: image,
    gain: 1,
    apply: kept,
    adjoint: kept,
    svd: { shape: image.shape, singularValues: mask, v: (c) => c, vt: (x) => x, u: kept, ut: kept },
    measured: mask,
  });
}

function cropped(plane: Float32Array, width: number, part: ImagePart): Float32Array {
  const crop = new Float32Array(part.height * part.width);
  for (let row = 0; row < part.height; row++) {
    const from = (part.top + row) * width + part.left;
    crop.set(plane.subarray(from, from + part.width), row * part.width);
  }
  return crop;
}
