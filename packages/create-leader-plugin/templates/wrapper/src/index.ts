export { default } from "./plugin.js";
export { leaderStageNameWrapper } from "./leader-stage-name.js";
