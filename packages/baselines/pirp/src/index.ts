/** `@leader/baseline-pirp`: PIRP and FDGR as a LEADer plugin, and as functions for use from code. */
export { default } from "./plugin.js";
export { pirp } from "./pirp.js";
export type { PirpOptions } from "./pirp.js";
export { fdgr } from "./fdgr.js";
export type { FdgrOptions } from "./fdgr.js";
export type { GuidanceOptions } from "./guided-rule.js";
export type { LastEstimate } from "@leader/core";
