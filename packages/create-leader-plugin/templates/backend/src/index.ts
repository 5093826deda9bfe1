export { default } from "./plugin.js";
export { leaderStageNameBackend } from "./leader-stage-name.js";
