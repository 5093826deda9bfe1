import { ancestralVariances, definePlugin, defineStage } from "@leader/core";
import { z } from "zod";
import { zaps } from "./zaps.js";

/** The plugin `@leader/baseline-zaps`: what is known of ZAPS. */
export default definePlugin({
  apiVersion: "1.0",
  name: "@leader/baseline-zaps",
  version: "0.1.0",
  stages: {
    zaps: defineStage({
      kind: "baseline",
      summary: "ZAPS without its learning: guidance by a derivative that is diagonal in wavelets, none through the network; any operator",
      reference:
        "Alçalar, Akçakaya: Zero-Shot Adaptation for Approximate Posterior Sampling of Diffusion Models in Inverse Problems. ECCV 2024. https://arxiv.org/abs/2407.11288",
      options: z.strictObject({
        scale: z.number().min(0).default(1).describe("weight of the likelihood; the authors learn one per level, untuned here"),
        scales: z.int().min(0).max(8).default(3).describe("how often the wavelet transform halves the image; its sides must allow it"),
        texture: z
          .number()
          .positive()
          .default(0.1)
          .describe("standard deviation of the finest wavelet coefficients of clean images; untuned"),
        contrast: z.number().positive().default(0.5).describe("standard deviation of the means of the largest blocks; untuned"),
        clip: z.boolean().default(true).describe("clip the estimate to [-1,1] before it is fitted"),
        variance: z.enum(ancestralVariances).default("posterior").describe("variance of an ancestral step"),
      }),
      create: zaps,
    }),
  },
});
