import { defineStage } from "@leader/core";
import { z } from "zod";
import { blurOperator } from "../blur/blur-operator.js";
import { blurOptions, tapsOption } from "../blur/options.js";
import { uniformTaps } from "../blur/taps.js";
import { sameSizeOperator } from "../common/same-size.js";

/** Mean over a square around each pixel. */
export const uniformBlur = defineStage({
  kind: "operator",
  summary: "mean over a square around each pixel",
  reference: "Kawar et al. 2022, Denoising Diffusion Restoration Models, https://arxiv.org/abs/2201.11793",
  options: z.strictObject({ size: tapsOption.default(9).describe("side of the square in pixels; odd"), ...blurOptions }),
  create: ({ size, ...options }) =>
    sameSizeOperator("uniform-blur", (image, imageSize) => {
      const taps = uniformTaps(size);
      return blurOperator("uniform-blur", image, imageSize, { vertical: taps, horizontal: taps }, options);
    }),
});
