import { definePlugin, defineStage } from "@leader/core";
import { z } from "zod";
import { equs } from "./equs.js";
import { timestepAwareScheduler } from "./timestep-aware.js";
import { transformations } from "./transformation.js";

const reference = "EquS, https://arxiv.org/abs/2511.09965";

/** The plugin `@leader/baseline-equs`: EquS around any baseline, and the schedule of EquS+. */
export default definePlugin({
  apiVersion: "1.0",
  name: "@leader/baseline-equs",
  version: "0.1.0",
  stages: {
    equs: defineStage({
      kind: "wrapper",
      summary: "EquS: in every second step the network sees a transformed picture, at no additional evaluation",
      reference,
      options: z.strictObject({
        transformation: z
          .enum(transformations)
          .default("flip-horizontal")
          .describe("symmetry of images; `rotate-90` needs square pictures"),
        first: z
          .enum(["original", "transformed"])
          .default("original")
          .describe("how the network sees the first state; released: `original` for an even number of steps"),
        unflipNoise: z
          .boolean()
          .default(true)
          .describe("transform the predicted noise back like the estimate; false: leave it as the network saw it, as released"),
      }),
      create: (options) => ({ wrap: (rule) => equs(rule, options) }),
    }),
    "timestep-aware": defineStage({
      kind: "scheduler",
      summary: "the timestep-aware schedule of EquS+: quadratic spacing, dense near the clean end",
      reference,
      options: z.strictObject({
        steps: z.int().min(2).default(100).describe("levels of the formula, of which repetitions are visited once"),
      }),
      create: timestepAwareScheduler,
    }),
  },
});
