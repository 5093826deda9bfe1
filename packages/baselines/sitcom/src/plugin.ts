import { definePlugin, defineStage } from "@leader/core";
import { z } from "zod";
import { sitcom } from "./sitcom.js";

/** The plugin `@leader/baseline-sitcom`: SITCOM. */
export default definePlugin({
  apiVersion: "1.0",
  name: "@leader/baseline-sitcom",
  version: "0.1.0",
  stages: {
    sitcom: defineStage({
      kind: "baseline",
      summary: "SITCOM: in every step the network's input is optimised until its estimate explains the measurement; any operator",
      reference:
        "Alkhouri, Liang, Huang, Dai, Qu, Ravishankar, Wang: SITCOM: Step-wise Triple-Consistent Diffusion Sampling For Inverse Problems. ICML 2025. https://arxiv.org/abs/2410.04479",
      options: z.strictObject({
        evaluations: z.int().min(1).max(1000).default(30).describe("the most network evaluations of a step (K); published: 30"),
        learningRate: z.number().positive().default(0.02).describe("Adam's step; published: 0.02, box inpainting 0.01"),
        proximity: z
          .number()
          .min(0)
          .default(0)
          .describe("lambda of the paper: holds the network's input at the state; 0 in the released code"),
        margin: z
          .number()
          .min(0)
          .default(0.001)
          .describe("added to the noise of the measurement in the stopping rule, for images in [-1,1]"),
        clip: z.boolean().default(true).describe("clip the estimate to [-1,1], also in the gradient, as released"),
        mode: z
          .enum(["corrected", "faithful"])
          .default("corrected")
          .describe("faithful: stops by all values of y, without noise never; known pixels overwritten, as released"),
      }),
      requires: ["denoiser.differentiable"],
      create: sitcom,
    }),
  },
});
