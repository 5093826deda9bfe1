import { definePlugin, defineStage } from "@leader/core";
import { z } from "zod";
import { projdiffScalar } from "./projdiff-scalar.js";
import { projdiff } from "./projdiff.js";

const reference =
  "Zhang, Zhuang, Jin, Li, Gu: Unleashing the Denoising Capability of Diffusion Prior for Solving Inverse Problems. NeurIPS 2024. https://arxiv.org/abs/2406.06959";

const common = {
  stepSize: z
    .number()
    .positive()
    .default(1)
    .describe(
      "step towards the network's estimate, may exceed 1; published: 0.7 to 1.7 without noise, 0.1 to 1.1 with noise (there it acts only below the noise of the measurement)",
    ),
  eta: z
    .number()
    .min(0)
    .max(1)
    .optional()
    .describe(
      "weight of fresh noise in states cleaner than a noisy measurement; published: 0, which leaves nothing for the `stein` estimator to learn from. Default: what LEADer proposes (then also where nothing is measured), else 0",
    ),
};

/** The plugin `@leader/baseline-projdiff`: restoration as a projection with an auxiliary noisy image. */
export default definePlugin({
  apiVersion: "1.0",
  name: "@leader/baseline-projdiff",
  version: "0.1.0",
  stages: {
    projdiff: defineStage({
      kind: "baseline",
      summary: "ProjDiff: projected optimisation; a noisy measurement counts as exact, of a noisier image",
      reference,
      options: z.strictObject({
        ...common,
        spectral: z.boolean().default(false).describe("treat every singular value on its own even if all are equal"),
      }),
      requires: ["operator.pinv", "operator.svd"],
      create: projdiff,
    }),
    "projdiff-scalar": defineStage({
      kind: "baseline",
      summary: "ProjDiff without singular values: all that are not 0 are taken as one given value",
      reference,
      options: z.strictObject({
        ...common,
        singularValue: z
          .number()
          .positive()
          .default(1)
          .describe("the one singular value of the operator: 1/factor for block means, 1 for inpainting"),
      }),
      requires: ["operator.pinv"],
      create: projdiffScalar,
    }),
  },
});
