import { definePlugin, defineStage } from "@leader/core";
import { z } from "zod";
import { pigdm } from "./pigdm.js";

/** The plugin `@leader/baseline-pigdm`: ΠGDM. */
export default definePlugin({
  apiVersion: "1.0",
  name: "@leader/baseline-pigdm",
  version: "0.1.0",
  stages: {
    pigdm: defineStage({
      kind: "baseline",
      summary: "ΠGDM: DDIM with the pseudo-inverse of the misfit pulled back through the network",
      reference:
        "Song, Vahdat, Mardani, Kautz: Pseudoinverse-Guided Diffusion Models for Inverse Problems. ICLR 2023. https://openreview.net/forum?id=9_gsMA8MRKQ",
      options: z.strictObject({
        eta: z.number().min(0).max(1).default(1).describe("DDIM's share of fresh noise; published: 1"),
        weight: z.number().min(0).default(1).describe("factor of the guidance; published: 1"),
        guidance: z
          .enum(["released", "paper", "posterior"])
          .default("released")
          .describe("how the guidance is weighted: sqrt(a a') as released, sqrt(a) as the paper is quoted, or by the posterior mean"),
        mode: z
          .enum(["corrected", "faithful"])
          .default("corrected")
          .describe("faithful: without a term for measurement noise, known pixels overwritten, as released"),
        start: z.enum(["measurement", "noise"]).default("measurement").describe("first state: the noised pseudo-inverse, or noise alone"),
        iterations: z
          .int()
          .min(1)
          .max(1000)
          .default(30)
          .describe("conjugate gradients, for noisy measurements of operators without closed form"),
      }),
      requires: ["denoiser.differentiable", "operator.pinv"],
      create: pigdm,
    }),
  },
});
