import { definePlugin, defineStage } from "@leader/core";
import { leaderStageNameScheduler, options } from "./leader-stage-name.js";

export default definePlugin({
  apiVersion: "1.0",
  name: "leader-package-name",
  version: "0.1.0",
  stages: {
    "leader-stage-name": defineStage({
      kind: "scheduler",
      summary: "a grid of levels whose distances grow as a power towards the noise",
      options,
      create: leaderStageNameScheduler,
    }),
  },
});
