import { definePlugin, defineStage } from "@leader/core";
import { leaderStageNamePrior, options } from "./leader-stage-name.js";

export default definePlugin({
  apiVersion: "1.0",
  name: "leader-package-name",
  version: "0.1.0",
  stages: {
    "leader-stage-name": defineStage({
      kind: "denoiser",
      summary: "the optimal denoiser of independent Gaussian pixels, in closed form",
      options,
      create: leaderStageNamePrior,
    }),
  },
});
