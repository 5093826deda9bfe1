import { definePlugin, defineStage } from "@leader/core";
import { leaderStageNameBackend, options } from "./leader-stage-name.js";

export default definePlugin({
  apiVersion: "1.0",
  name: "leader-package-name",
  version: "0.1.0",
  stages: {
    "leader-stage-name": defineStage({
      kind: "backend",
      summary: "computes with the interpreter of the graph language, rounded to float32",
      options,
      create: leaderStageNameBackend,
    }),
  },
});
