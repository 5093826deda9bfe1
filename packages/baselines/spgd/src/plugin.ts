import { definePlugin, defineStage } from "@leader/core";
import { z } from "zod";
import { spgd } from "./spgd.js";

/** The plugin `@leader/baseline-spgd`: SPGD. */
export default definePlugin({
  apiVersion: "1.0",
  name: "@leader/baseline-spgd",
  version: "0.1.0",
  stages: {
    spgd: defineStage({
      kind: "baseline",
      summary:
        "SPGD: at every noise level gradient steps through the network with adaptive momentum, then the probability flow; any operator",
      reference:
        "Wu et al.: Enhancing Diffusion Model Stability for Image Restoration via Gradient Management. ACM MM 2025. https://arxiv.org/abs/2507.06656",
      options: z.strictObject({
        rate: z
          .number()
          .positive()
          .default(1)
          .describe(
            "step along the gradient of the squared residual at the noisiest level; published: 1 (deblurring), 2.5 (inpainting), 7 (super-resolution x4). Lower it where a run ends with values that are not finite",
          ),
        rateRatio: z.number().positive().max(1).default(0.01).describe("step at the last level over that at the first; published: 0.01"),
        evaluations: z.int().min(1).max(100).default(5).describe("J, gradient steps of a level, each one network evaluation; published: 5"),
        momentum: z
          .number()
          .min(0)
          .lt(1)
          .default(0.9)
          .describe("beta, the share of the remembered gradient where it points as the new one does; published: 0.9"),
        mode: z
          .enum(["corrected", "faithful"])
          .default("corrected")
          .describe("corrected: with the momentum of the paper; faithful: without, as the released code steps"),
        sigmaMax: z.number().positive().default(100).describe("noise at which the step begins to fall; published: 100"),
        sigmaMin: z.number().positive().default(0.1).describe("noise at which it has fallen to its least; published: 0.1"),
      }),
      requires: ["denoiser.differentiable"],
      create: spgd,
    }),
  },
});
