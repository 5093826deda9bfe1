import { definePlugin, defineStage } from "@leader/core";
import { z } from "zod";
import { noiseWeights } from "./noise-weight.js";
import { redDiff } from "./red-diff.js";

const options = z.strictObject({
  mode: z
    .enum(["corrected", "faithful"])
    .default("corrected")
    .describe(
      "corrected: both terms are sums, as in the paper, and the result is the last image; faithful: both are means, to which published weights belong, and the result is one step old, as released",
    ),
  lambda: z.number().min(0).default(0.25).describe("weight of the prior; published: 0.25, for noisy inpainting 1 (means)"),
  weighting: z
    .enum(noiseWeights)
    .default("linear")
    .describe("how the weight of the prior depends on the noise of a level; published: linear"),
  observationWeight: z.number().min(0).default(1).describe("weight of the measurement; published: 1"),
  rate: z
    .number()
    .positive()
    .default(0.1)
    .describe("learning rate of Adam; published: 0.1 for super-resolution, 0.25 for inpainting, 0.5 for deblurring"),
  beta1: z.number().min(0).lt(1).default(0.9).describe("Adam's memory of the gradient"),
  beta2: z.number().min(0).lt(1).default(0.99).describe("Adam's memory of its square; published: 0.99"),
  perturbation: z
    .number()
    .min(0)
    .default(0)
    .describe("noise on the image that both terms see; published: 0, for noise-free inpainting 1e-4"),
  start: z
    .enum(["pseudo-inverse", "measurement"])
    .default("pseudo-inverse")
    .describe(
      "where the optimisation starts; published: the pseudo-inverse, with small singular values cut. Start noisy deblurring from the measurement where the operator cuts none",
    ),
});

/** The plugin `@leader/baseline-red-diff`: restoration as a stochastic optimisation with a denoising regulariser. */
export default definePlugin({
  apiVersion: "1.0",
  name: "@leader/baseline-red-diff",
  version: "0.1.0",
  stages: {
    "red-diff": defineStage({
      kind: "baseline",
      summary: "RED-diff: one optimisation of the image by Adam, with the denoiser at falling noise levels as regulariser",
      reference:
        "Mardani, Song, Kautz, Vahdat: A Variational Perspective on Solving Inverse Problems with Diffusion Models. ICLR 2024. https://arxiv.org/abs/2305.04391",
      options,
      create: redDiff,
    }),
  },
});
