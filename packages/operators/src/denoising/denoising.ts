import { defineStage, type HostTensor } from "@leader/core";
import { z } from "zod";
import { pointwise, sameSizeOperator } from "../common/same-size.js";
import { tightOperator } from "../common/tight-operator.js";

const one: HostTensor = { shape: [], dtype: "float32", data: Float32Array.of(1) };

/** A = I: the only degradation is the noise that the pipeline adds. */
export const denoising = defineStage({
  kind: "operator",
  summary: "noise only: the measurement is the picture itself",
  reference: "Kawar et al. 2022, Denoising Diffusion Restoration Models, https://arxiv.org/abs/2201.11793",
  options: z.strictObject({}),
  create: () => ({
    ...sameSizeOperator(
      "denoising",
      (image) =>
        tightOperator({
          name: "denoising",
          domain: image,
          range: image,
          gain: 1,
          apply: (x) => x,
          adjoint: (y) => y,
          svd: { shape: image.shape, singularValues: one, v: (c) => c, vt: (x) => x, u: (c) => c, ut: (y) => y },
        }),
      pointwise,
    ),
    identity: true,
  }),
});
