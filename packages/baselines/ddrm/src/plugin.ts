import { definePlugin, defineStage } from "@leader/core";
import { z } from "zod";
import { ddrm } from "./ddrm.js";

const share = z.number().min(0).max(1);

/** The plugin `@leader/baseline-ddrm`: denoising diffusion restoration models. */
export default definePlugin({
  apiVersion: "1.0",
  name: "@leader/baseline-ddrm",
  version: "0.1.0",
  stages: {
    ddrm: defineStage({
      kind: "baseline",
      summary: "DDRM: restoration per singular value, for measurements with or without noise",
      reference: "Kawar, Elad, Ermon, Song: Denoising Diffusion Restoration Models. NeurIPS 2022. https://arxiv.org/abs/2201.11793",
      options: z.strictObject({
        eta: share
          .optional()
          .describe(
            "weight of the noise drawn afresh where the measurement says nothing or is noisier than the state. Default: what LEADer proposes, else 0.85 as released",
          ),
        etaB: share.default(1).describe("trust in the measurement where it is cleaner than the state"),
        finalOutput: z
          .enum(["x0", "projected", "weighed"])
          .default("x0")
          .describe(
            "the last estimate as published, the same projected onto the measurement (noise included), or between the two: the less noise the measurement has beside the level of the last estimate, the nearer to it",
          ),
      }),
      requires: ["operator.svd"],
      create: ddrm,
    }),
  },
});
