import { definePlugin, defineStage } from "@leader/core";
import { z } from "zod";
import { ddnm } from "./ddnm.js";
import { ddnmPlus } from "./ddnm-plus.js";
import { ddnmPlusSimplified } from "./ddnm-plus-simplified.js";

const reference =
  "Wang, Yu, Zhang: Zero-Shot Image Restoration Using Denoising Diffusion Null-Space Model. ICLR 2023. https://arxiv.org/abs/2212.00490";

const common = {
  eta: z
    .number()
    .min(0)
    .max(1)
    .optional()
    .describe(
      "weight of the noise that every step draws afresh; 0 is deterministic (not DDIM's eta). Default: what LEADer proposes, else 0.85 as released",
    ),
  travelFrom: z
    .enum(["x0", "state"])
    .default("x0")
    .describe("where time travel restarts: the last estimate before its correction (released code) or the present state (paper)"),
};

/** The plugin `@leader/baseline-ddnm`: DDNM and DDNM+. */
export default definePlugin({
  apiVersion: "1.0",
  name: "@leader/baseline-ddnm",
  version: "0.1.0",
  stages: {
    ddnm: defineStage({
      kind: "baseline",
      summary: "DDNM: null-space restoration of noise-free measurements; the result fits the measurement exactly",
      reference,
      options: z.strictObject(common),
      requires: ["operator.pinv"],
      create: ddnm,
    }),
    "ddnm-plus": defineStage({
      kind: "baseline",
      summary: "DDNM+: null-space restoration of noisy measurements, weighted per singular value",
      reference,
      options: z.strictObject({
        ...common,
        legacyNoNoiseRotation: z
          .boolean()
          .default(false)
          .describe("scale the predicted noise without rotating it into the singular basis, as the released code does"),
      }),
      requires: ["operator.pinv", "operator.svd"],
      create: ddnmPlus,
    }),
    "ddnm-plus-simplified": defineStage({
      kind: "baseline",
      summary: "DDNM+ without singular values: noisy measurements of any operator with a pseudo-inverse, all singular values taken as 1",
      reference,
      options: z.strictObject({
        ...common,
        legacyNoiseDamping: z.boolean().default(false).describe("the released --simplified weights, which damp the noise twice"),
      }),
      requires: ["operator.pinv"],
      create: ddnmPlusSimplified,
    }),
  },
});
