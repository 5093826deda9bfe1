import { definePlugin, defineStage } from "@leader/core";
import { z } from "zod";
import { dcdp } from "./dcdp.js";

const options = z.strictObject({
  mode: z
    .enum(["corrected", "faithful"])
    .default("corrected")
    .describe("corrected: a noise-free measurement has the last word; faithful: the run always ends with a purification, as released"),
  iterations: z.int().min(1).max(1000).default(100).describe("gradient steps of every data phase; published: 100, for inpainting 50"),
  stepSize: z
    .number()
    .positive()
    .default(1)
    .describe(
      "step along A^T (A x - y), 2 lr / m of the released code; published: 0.163 for super-resolution, 1.02 for deblurring, 0.0102 for inpainting",
    ),
  momentum: z.number().min(0).lt(1).default(0.9).describe("heavy-ball momentum of the data phase; published: 0.9"),
  evaluations: z
    .int()
    .min(1)
    .max(1000)
    .default(20)
    .describe("network evaluations of every purification; published: 20. 1 is the one-step version"),
});

/** The plugin `@leader/baseline-dcdp`: data consistency and purification in turn. */
export default definePlugin({
  apiVersion: "1.0",
  name: "@leader/baseline-dcdp",
  version: "0.1.0",
  stages: {
    dcdp: defineStage({
      kind: "baseline",
      summary: "DCDP: a fit to the measurement and a purification by DDIM in turn, at falling noise",
      reference:
        "Li et al.: Decoupled Data Consistency with Diffusion Purification for Image Restoration. 2024. https://arxiv.org/abs/2403.06054",
      options,
      create: dcdp,
    }),
  },
});
