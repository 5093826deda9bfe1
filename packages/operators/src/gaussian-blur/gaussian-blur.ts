import { defineStage } from "@leader/core";
import { z } from "zod";
import { blurOperator } from "../blur/blur-operator.js";
import { blurOptions, sigmaOption, tapsOption } from "../blur/options.js";
import { gaussianTaps } from "../blur/taps.js";
import { sameSizeOperator } from "../common/same-size.js";

/** Gaussian blur; by default the wide Gaussian on five taps (nearly a 5 x 5 box) of the literature. */
export const gaussianBlur = defineStage({
  kind: "operator",
  summary: "Gaussian blur with a given number of taps",
  reference: "Kawar et al. 2022, Denoising Diffusion Restoration Models, https://arxiv.org/abs/2201.11793",
  options: z.strictObject({
    size: tapsOption.default(5).describe("taps per side; odd"),
    sigma: sigmaOption.default(10).describe("standard deviation in pixels"),
    ...blurOptions,
  }),
  create: ({ size, sigma, ...options }) =>
    sameSizeOperator("gaussian-blur", (image, imageSize) => {
      const taps = gaussianTaps(size, sigma);
      return blurOperator("gaussian-blur", image, imageSize, { vertical: taps, horizontal: taps }, options);
    }),
});
