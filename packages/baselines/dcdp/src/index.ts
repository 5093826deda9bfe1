/** `@leader/baseline-dcdp`: DCDP as a LEADer plugin, and as a function for use from code. */
export { default } from "./plugin.js";
export { dcdp } from "./dcdp.js";
export type { DcdpOptions } from "./dcdp.js";
export type { LastEstimate } from "@leader/core";
