export { default } from "./plugin.js";
export { leaderStageNameScheduler } from "./leader-stage-name.js";
