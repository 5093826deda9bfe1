/** `@leader/baseline-rdmd`: RDMD as a LEADer plugin, and as a function for use from code. */
export { default } from "./plugin.js";
export { rdmd } from "./rdmd.js";
export type { RdmdOptions } from "./rdmd.js";
export type { LastEstimate } from "@leader/core";
