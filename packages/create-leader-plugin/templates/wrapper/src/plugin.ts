import { definePlugin, defineStage } from "@leader/core";
import { leaderStageNameWrapper, options } from "./leader-stage-name.js";

export default definePlugin({
  apiVersion: "1.0",
  name: "leader-package-name",
  version: "0.1.0",
  stages: {
    "leader-stage-name": defineStage({
      kind: "wrapper",
      summary: "keeps the results of any baseline in the range of pictures",
      options,
      create: leaderStageNameWrapper,
    }),
  },
});
