import { definePlugin, defineStage } from "@leader/core";
import { leaderStageNameOperator, options } from "./leader-stage-name.js";

export default definePlugin({
  apiVersion: "1.0",
  name: "leader-package-name",
  version: "0.1.0",
  stages: {
    "leader-stage-name": defineStage({
      kind: "operator",
      summary: "keeps one row of several, as interlaced or sparsely scanned pictures have them",
      options,
      create: leaderStageNameOperator,
    }),
  },
});
