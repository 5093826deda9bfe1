/** `@leader/baseline-dps`: DPS and MCG as a LEADer plugin, and as functions for use from code. */
export { default } from "./plugin.js";
export { dps } from "./dps.js";
export type { DpsOptions } from "./dps.js";
export { mcg } from "./mcg.js";
