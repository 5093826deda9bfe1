import { ancestralVariances, ancestralVarianceText, definePlugin, defineStage } from "@leader/core";
import { z } from "zod";
import { dpps } from "./dpps.js";

/** The plugin `@leader/baseline-dpps`: DPPS. */
export default definePlugin({
  apiVersion: "1.0",
  name: "@leader/baseline-dpps",
  version: "0.1.0",
  stages: {
    dpps: defineStage({
      kind: "baseline",
      summary: "DPPS: DPS from the noised measurement on, with the noise of a step chosen among candidates; any operator",
      reference: "Wu et al.: Diffusion Posterior Proximal Sampling for Image Restoration. ACM MM 2024. https://arxiv.org/abs/2402.16907",
      options: z.strictObject({
        scale: z
          .number()
          .min(0)
          .default(1)
          .describe("length of the step along the gradient of |y - A x0| per trained level; published: 1, deblurring 0.4"),
        candidates: z
          .int()
          .min(2)
          .max(200)
          .default(50)
          .describe("the most draws that a step chooses from, near the clean end; at the noisy end it is 2. Published: 50"),
        mode: z
          .enum(["corrected", "faithful"])
          .default("corrected")
          .describe("faithful: one norm and one choice over the whole batch and `scale` per step however long the step, as released"),
        clip: z.boolean().default(true).describe("clip the estimate to [-1,1], also in the gradient, as released"),
        variance: z.enum(ancestralVariances).default("auto").describe(ancestralVarianceText),
      }),
      requires: ["denoiser.differentiable"],
      create: dpps,
    }),
  },
});
