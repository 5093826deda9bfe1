import { defineStage } from "@leader/core";
import { z } from "zod";
import { blurOperator } from "../blur/blur-operator.js";
import { blurOptions, sigmaOption, tapsOption } from "../blur/options.js";
import { gaussianTaps } from "../blur/taps.js";
import { sameSizeOperator } from "../common/same-size.js";

/** Gaussian blur of different widths along the two axes. */
export const anisotropicBlur = defineStage({
  kind: "operator",
  summary: "Gaussian blur with different widths along the two axes",
  reference: "Kawar et al. 2022, Denoising Diffusion Restoration Models, https://arxiv.org/abs/2201.11793",
  options: z.strictObject({
    size: tapsOption.default(9).describe("taps per side; odd"),
    sigmaVertical: sigmaOption.default(1).describe("standard deviation along columns, in pixels"),
    sigmaHorizontal: sigmaOption.default(20).describe("standard deviation along rows, in pixels"),
    ...blurOptions,
  }),
  create: ({ size, sigmaVertical, sigmaHorizontal, ...options }) =>
    sameSizeOperator("anisotropic-blur", (image, imageSize) => {
      const taps = { vertical: gaussianTaps(size, sigmaVertical), horizontal: gaussianTaps(size, sigmaHorizontal) };
      return blurOperator("anisotropic-blur", image, imageSize, taps, options);
    }),
});
