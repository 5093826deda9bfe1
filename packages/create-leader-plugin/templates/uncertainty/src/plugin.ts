import { definePlugin, defineStage } from "@leader/core";
import { leaderStageNameEstimator, options } from "./leader-stage-name.js";

export default definePlugin({
  apiVersion: "1.0",
  name: "leader-package-name",
  version: "0.1.0",
  stages: {
    "leader-stage-name": defineStage({
      kind: "uncertainty",
      summary: "posterior variance by differences of the network along random signs",
      options,
      create: leaderStageNameEstimator,
    }),
  },
});
