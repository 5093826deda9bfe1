/** `@leader/baseline-ddpg`: DDPG and IDPG as a LEADer plugin, and as functions for use from code. */
export { default } from "./plugin.js";
export { ddpg } from "./ddpg.js";
export type { DdpgOptions } from "./ddpg.js";
export { idpg } from "./idpg.js";
export type { FinalOutput, GuidanceOptions } from "./guidance.js";
export type { LastEstimate } from "@leader/core";
