import { defineStage } from "@leader/core";
import { z } from "zod";
import { imageSize, imageType } from "../common/image.js";
import { thresholdOption } from "../common/threshold.js";
import { errors } from "../error-codes.js";
import { averagePool } from "./average-pool.js";
import { bicubic } from "./bicubic.js";

/** Downsampling by an integer factor. */
export const superResolution = defineStage({
  kind: "operator",
  summary: "downsampling by an integer factor: bicubic with antialiasing, or the mean of blocks",
  reference: "Keys 1981, Cubic Convolution Interpolation for Digital Image Processing, https://doi.org/10.1109/TASSP.1981.1163711",
  options: z.strictObject({
    factor: z.int().min(2).default(4).describe("how many times smaller the measurement is, per side"),
    method: z.enum(["bicubic", "average-pool"]).default("bicubic").describe("how pixels are combined"),
    threshold: thresholdOption,
  }),
  create: ({ factor, method, threshold }) => ({
    // The taps of a pixel span four times the factor; the pseudo-inverse falls off over a few of them.
    locality: { stride: factor, reach: method === "bicubic" ? 8 * factor : 0, coefficients: "others" },
    imageFor(measurement) {
      const size = imageSize("super-resolution", measurement);
      return imageType({ ...size, height: size.height * factor, width: size.width * factor });
    },
    at(image) {
      const size = imageSize("super-resolution", image);
      if (size.height % factor !== 0 || size.width % factor !== 0) {
        throw errors.SIZE_NOT_DIVISIBLE({ operator: "super-resolution", size: [size.height, size.width], factor });
      }
      return method === "bicubic" ? bicubic(image, size, factor, threshold) : averagePool(image, size, factor);
    },
  }),
});
