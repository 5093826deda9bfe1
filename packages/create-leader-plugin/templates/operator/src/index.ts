export { default } from "./plugin.js";
export { leaderStageNameOperator } from "./leader-stage-name.js";
