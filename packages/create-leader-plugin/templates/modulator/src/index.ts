export { default } from "./plugin.js";
export { leaderStageNameModulator } from "./leader-stage-name.js";
