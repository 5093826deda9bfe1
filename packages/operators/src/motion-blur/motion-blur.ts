import { circulantOperator, defineStage, type DenseMatrix, type OperatorLocality } from "@leader/core";
import { z } from "zod";
import { tapsOption } from "../blur/options.js";
import { imageSize, imageType } from "../common/image.js";
import { sameSizeOperator } from "../common/same-size.js";
import { seedOption } from "../common/seed.js";
import { thresholdOption } from "../common/threshold.js";
import { boundedConvolution } from "./convolution.js";
import { kernelOfArray, motionKernel } from "./kernel.js";

const name = "motion-blur";

/** Blur of a shaken camera: convolution with a random path, or with any kernel from a file. */
export const motionBlur = defineStage({
  kind: "operator",
  summary: "blur of a shaken camera: a random kernel, or one from a file",
  reference:
    "Garber and Tirer 2024, Image Restoration by Denoising Diffusion Models with Iteratively Preconditioned Guidance, https://arxiv.org/abs/2312.16519",
  options: z.strictObject({
    kernel: z
      .string()
      .min(1)
      .optional()
      .describe(
        "file of a kernel (picture or .npy), divided by its sum: what one point of light became, its middle at row and column floor((size - 1) / 2); without it a kernel is generated",
      ),
    size: tapsOption.max(511).default(61).describe("side of the generated kernel in pixels; odd"),
    intensity: z.number().min(0).max(1).default(0.5).describe("shake of the generated kernel, from 0 (nearly straight) to 1"),
    seed: seedOption,
    boundary: z
      .enum(["periodic", "zero", "reflect"])
      .default("periodic")
      .describe("what lies outside the picture; only periodic has a pseudo-inverse, a decomposition and a proximal map"),
    threshold: thresholdOption,
  }),
  async create({ kernel: path, size, intensity, seed, boundary, threshold }, environment) {
    const kernel =
      path === undefined
        ? motionKernel(seed, size, intensity)
        : kernelOfArray(path, await environment.readArray(environment.resolvePath(path)));
    return sameSizeOperator(
      name,
      (image, whole) =>
        boundary === "periodic"
          ? circulantOperator({ name, domain: image, kernel, threshold })
          : boundedConvolution(name, image, whole, kernel, boundary),
      boundary === "reflect" ? inParts(kernel) : undefined,
    );
  },
});

/** Its inverse rings over a few kernels, also from where a part has no measurement. */
const inParts = (kernel: DenseMatrix): OperatorLocality => ({
  stride: 1,
  reach: 3 * Math.max(kernel.rows, kernel.columns),
  coefficients: "others",
  at(image, part) {
    const whole = imageSize(name, image);
    const size = { ...whole, height: part.height, width: part.width };
    const cut = {
      above: part.top > 0,
      below: part.top + part.height < whole.height,
      left: part.left > 0,
      right: part.left + part.width < whole.width,
    };
    return boundedConvolution(name, imageType(size), size, kernel, "reflect", cut);
  },
});
