export { default } from "./plugin.js";
export { leaderStageNameEstimator } from "./leader-stage-name.js";
