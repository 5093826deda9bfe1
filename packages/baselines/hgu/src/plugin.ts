import { definePlugin, defineStage } from "@leader/core";
import { z } from "zod";
import { hgu } from "./hgu.js";

/** The plugin `@leader/baseline-hgu`: HGU around any baseline that takes a gradient through the network. */
export default definePlugin({
  apiVersion: "1.0",
  name: "@leader/baseline-hgu",
  version: "0.1.0",
  stages: {
    hgu: defineStage({
      kind: "wrapper",
      summary: "HGU: a method with a gradient through the network follows its history instead of the present one alone",
      reference: "He et al.: Fast and Stable Diffusion Inverse Solver with History Gradient Update. 2023. https://arxiv.org/abs/2307.12070",
      options: z.strictObject({
        update: z
          .enum(["average", "heavy-ball", "adam"])
          .default("average")
          .describe("how the history is formed: a running mean, a sum that fades, or Adam's; nothing is published"),
        memory: z.number().min(0).lt(1).default(0.9).describe("the share of the history that stays; untuned"),
        squareMemory: z.number().min(0).lt(1).default(0.999).describe("adam: the share of the squares that stays; untuned"),
      }),
      requires: ["denoiser.differentiable"],
      create: (options) => ({ wrap: (rule) => hgu(rule, options) }),
    }),
  },
});
