import { ancestralVariances, ancestralVarianceText, definePlugin, defineStage } from "@leader/core";
import { z } from "zod";
import { fgps } from "./fgps.js";

/** The plugin `@leader/baseline-fgps`: FGPS. */
export default definePlugin({
  apiVersion: "1.0",
  name: "@leader/baseline-fgps",
  version: "0.1.0",
  stages: {
    fgps: defineStage({
      kind: "baseline",
      summary: "FGPS: DPS that fits the low frequencies of the measurement first; deblurring, and what else measures a picture",
      reference:
        "Thaker, Goyal, Vidal: Frequency-Guided Posterior Sampling for Diffusion-Based Image Restoration. ICCV 2025. https://arxiv.org/abs/2411.15295",
      options: z.strictObject({
        scaleStart: z
          .number()
          .min(0)
          .default(3)
          .describe(
            "length of the step along the gradient of the residual's norm at the noisiest level, per trained level; published: 3 (Gaussian blur), 5 (motion)",
          ),
        scaleEnd: z.number().min(0).default(0.6).describe("the same at the last level; published: 0.6 (Gaussian blur), 1 (motion)"),
        cutoffStart: z
          .number()
          .positive()
          .default(10)
          .describe("frequencies below it are fitted at the noisiest level, in cycles per 256 pixels; published: 10"),
        cutoffEnd: z
          .number()
          .positive()
          .default(75)
          .describe("frequencies below it are fitted towards the clean end; published: 75. From 182 on these are all"),
        cutoff: z.enum(["exponential", "linear"]).default("exponential").describe("how the cut-off grows; published: both"),
        mode: z
          .enum(["corrected", "faithful"])
          .default("corrected")
          .describe("faithful: one norm over the whole batch and the scale per step however long the step, as released"),
        clip: z.boolean().default(true).describe("clip the estimate to [-1,1], also in the gradient, as released"),
        variance: z.enum(ancestralVariances).default("auto").describe(ancestralVarianceText),
      }),
      requires: ["denoiser.differentiable"],
      create: fgps,
    }),
  },
});
