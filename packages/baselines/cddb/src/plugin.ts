import { ancestralVariances, definePlugin, defineStage } from "@leader/core";
import { z } from "zod";
import { cddb } from "./cddb.js";

const options = z.strictObject({
  mode: z
    .enum(["corrected", "faithful"])
    .default("corrected")
    .describe(
      "corrected: the gradient of half the squared residual, which a step of 1 solves where singular values are 1; faithful: twice that, as released",
    ),
  stepSize: z
    .number()
    .positive()
    .default(1)
    .describe("step along the data gradient; at most about 1 over the square of the largest singular value. Published, for the bridge: 1"),
  clip: z.boolean().default(true).describe("limit the network's estimate to [-1,1] before the data step"),
  variance: z
    .enum(ancestralVariances)
    .default("posterior")
    .describe(
      "of the ancestral step: the bridge's, or the larger one that suits unit normal images, or between them, where the network learned it",
    ),
});

/** The plugin `@leader/baseline-cddb`: the bridge method's guidance without its bridge. */
export default definePlugin({
  apiVersion: "1.0",
  name: "@leader/baseline-cddb",
  version: "0.1.0",
  stages: {
    cddb: defineStage({
      kind: "baseline",
      summary: "CDDB's guidance in the ancestral sampler of a DDPM: a gradient step on every estimate; needs no trained bridge",
      reference:
        "Chung, Kim, Ye: Direct Diffusion Bridge using Data Consistency for Inverse Problems. NeurIPS 2023. https://arxiv.org/abs/2305.19809",
      options,
      create: cddb,
    }),
  },
});
