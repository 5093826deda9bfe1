import { constantOf, defineStage, type HostTensor, type Tensor } from "@leader/core";
import { sameSizeOperator } from "../common/same-size.js";
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
    return sameSizeOperator("inpainting", (image, { height, width, batch, channels }) => {
      const plane = maskOf(height, width);
      const mask: HostTensor = { shape: [1, 1, height, width], dtype: "float32", data: plane };
      const kept = (x: Tensor): Tensor => x.mul(constantOf(x.trace, mask));
      const measured = new Float32Array(batch * channels * plane.length);
      for (let i = 0; i < batch * channels; i++) measured.set(plane, i * plane.length);
      return tightOperator({
        name: "inpainting",
        domain: image,
        range: image,
        gain: 1,
        apply: kept,
        adjoint: kept,
        svd: { shape: image.shape, singularValues: mask, v: (c) => c, vt: (x) => x, u: kept, ut: kept },
        measured: { shape: image.shape, dtype: "float32", data: measured },
      });
    });
  },
});
