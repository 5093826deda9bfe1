export { default } from "./plugin.js";
export { leaderStageNameRule } from "./leader-stage-name.js";
