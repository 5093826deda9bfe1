import { definePlugin, defineStage } from "@leader/core";
import { z } from "zod";
import { timestepAwareScheduler } from "./timestep-aware.js";

/** The plugin `@leader/baseline-equs`: the schedule of EquS+. EquS itself wraps a baseline, by the function `equs`. */
export default definePlugin({
  apiVersion: "1.0",
  name: "@leader/baseline-equs",
  version: "0.1.0",
  stages: {
    "timestep-aware": defineStage({
      kind: "scheduler",
      summary: "the timestep-aware schedule of EquS+: quadratic spacing, dense near the clean end",
      reference: "EquS, https://arxiv.org/abs/2511.09965",
      options: z.strictObject({ steps: z.int().min(2).default(100).describe("levels of the formula, of which repetitions are visited once") }),
      create: timestepAwareScheduler,
    }),
  },
});
