import { ancestralVariances, ancestralVarianceText, definePlugin, defineStage } from "@leader/core";
import { z } from "zod";
import { repaint } from "./repaint.js";

/** The plugin `@leader/baseline-repaint`: RePaint. */
export default definePlugin({
  apiVersion: "1.0",
  name: "@leader/baseline-repaint",
  version: "0.1.0",
  stages: {
    repaint: defineStage({
      kind: "baseline",
      summary: "RePaint: noise-free inpainting by ancestral sampling with the known pixels put back at every level",
      reference:
        "Lugmayr et al.: RePaint: Inpainting using Denoising Diffusion Probabilistic Models. CVPR 2022. https://arxiv.org/abs/2201.09865",
      options: z.strictObject({
        variance: z.enum(ancestralVariances).default("auto").describe(ancestralVarianceText),
        clip: z.boolean().default(true).describe("clip the network's estimate to [-1,1], as released"),
        pasteKnown: z
          .boolean()
          .default(true)
          .describe("put the known pixels into the result; false leaves the result as sampled, as released"),
      }),
      requires: ["operator.pinv"],
      create: repaint,
    }),
  },
});
