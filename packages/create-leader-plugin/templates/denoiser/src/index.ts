export { default } from "./plugin.js";
export { leaderStageNamePrior } from "./leader-stage-name.js";
