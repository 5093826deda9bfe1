import { ancestralVariances, ancestralVarianceText, definePlugin, defineStage } from "@leader/core";
import { z } from "zod";
import { dps } from "./dps.js";
import { mcg } from "./mcg.js";

const options = z.strictObject({
  scale: z
    .number()
    .min(0)
    .default(0.3)
    .describe("length of the step along the gradient of |y - A x0| per trained level; twice the step size of the DPS paper"),
  mode: z
    .enum(["corrected", "faithful"])
    .default("corrected")
    .describe("faithful: one norm over the whole batch and `scale` per step however long the step, as released"),
  clip: z.boolean().default(true).describe("clip the estimate to [-1,1], also in the gradient, as released"),
  variance: z.enum(ancestralVariances).default("auto").describe(ancestralVarianceText),
});

/** The plugin `@leader/baseline-dps`: DPS and MCG. */
export default definePlugin({
  apiVersion: "1.0",
  name: "@leader/baseline-dps",
  version: "0.1.0",
  stages: {
    dps: defineStage({
      kind: "baseline",
      summary: "DPS: ancestral sampling with the gradient of the misfit through the network; any operator",
      reference:
        "Chung, Kim, McCann, Klasky, Ye: Diffusion Posterior Sampling for General Noisy Inverse Problems. ICLR 2023. https://arxiv.org/abs/2209.14687",
      options,
      requires: ["denoiser.differentiable"],
      create: dps,
    }),
    mcg: defineStage({
      kind: "baseline",
      summary: "MCG: DPS confined to what the measurement leaves open, and a projection onto the measurement",
      reference:
        "Chung, Sim, Ryu, Ye: Improving Diffusion Models for Inverse Problems using Manifold Constraints. NeurIPS 2022. https://arxiv.org/abs/2206.00941",
      options: options.extend({ scale: options.shape.scale.unwrap().default(1).describe("as of `dps`; published: 1") }),
      requires: ["denoiser.differentiable", "operator.pinv"],
      create: mcg,
    }),
  },
});
