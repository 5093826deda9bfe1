import { definePlugin, defineStage } from "@leader/core";
import { leaderStageNameRule, options } from "./leader-stage-name.js";

export default definePlugin({
  apiVersion: "1.0",
  name: "leader-package-name",
  version: "0.1.0",
  stages: {
    "leader-stage-name": defineStage({
      kind: "baseline",
      summary: "null-space restoration: the measured part from the measurement, the rest from the prior",
      options,
      requires: ["operator.pinv"],
      create: leaderStageNameRule,
    }),
  },
});
