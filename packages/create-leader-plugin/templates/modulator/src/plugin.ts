import { definePlugin, defineStage } from "@leader/core";
import { leaderStageNameModulator, options } from "./leader-stage-name.js";

export default definePlugin({
  apiVersion: "1.0",
  name: "leader-package-name",
  version: "0.1.0",
  stages: {
    "leader-stage-name": defineStage({
      kind: "modulator",
      summary: "draws uncertain pixels towards the mean of the picture",
      options,
      requires: ["prior.uncertainty"],
      create: leaderStageNameModulator,
    }),
  },
});
