import { definePlugin, defineStage } from "@leader/core";
import { z } from "zod";
import { rdmd } from "./rdmd.js";

const options = z.strictObject({
  mode: z
    .enum(["corrected", "faithful"])
    .default("corrected")
    .describe(
      "corrected: the deterministic denoiser sees the image in the scale of its level and counts without noise too, and so does the last step; faithful: as released, unscaled, no weight without noise, and the last step changes nothing",
    ),
  lambda: z.number().min(0).default(20).describe("weight of the prior; published: 20"),
  tau: z.number().min(0).max(1).default(0.5).describe("share of the generative denoiser against the deterministic one; published: 0.5"),
  zeta: z
    .number()
    .min(0)
    .max(1)
    .default(0.3)
    .describe("share of the noise variance that every step draws afresh; published: 0 for super-resolution, 0.3 for deblurring"),
  smallestNoise: z
    .number()
    .positive()
    .default(0.001)
    .describe(
      "least noise that the weights of the denoisers assume, for [0,1] images; published: 0.001, where without noise the network hardly counts",
    ),
  noisiestDenoiser: z.number().positive().default(49).describe("noise of the deterministic denoiser at the start, in 1/255; published: 49"),
  finestDenoiser: z
    .number()
    .positive()
    .default(1)
    .describe("its noise at the end, in 1/255, if the measurement's is less; published: the factor of super-resolution, 1 for deblurring"),
  start: z
    .enum(["interpolated", "noisy-measurement"])
    .default("interpolated")
    .describe(
      "the first state: the interpolated measurement with noise (super-resolution), or the measurement as a state of its own noise level (deblurring)",
    ),
  result: z
    .enum(["image", "estimate"])
    .default("image")
    .describe(
      "the restored image: the one under optimisation (super-resolution), or the last estimate of the generative denoiser (deblurring)",
    ),
});

/** The plugin `@leader/baseline-rdmd`: one diffusion model as a generative and a deterministic denoiser. */
export default definePlugin({
  apiVersion: "1.0",
  name: "@leader/baseline-rdmd",
  version: "0.1.0",
  stages: {
    rdmd: defineStage({
      kind: "baseline",
      summary: "RDMD: gradient steps between the measurement and two denoisers, a generative and a deterministic one, of the same network",
      reference:
        "Wang et al.: Reconciling Stochastic and Deterministic Strategies for Zero-shot Image Restoration using Diffusion Model in Dual. CVPR 2025.",
      options,
      create: rdmd,
    }),
  },
});
