/** `@leader/baseline-ddrm`: DDRM as a LEADer plugin, and as a function for use from code. */
export { default } from "./plugin.js";
export { ddrm } from "./ddrm.js";
export type { DdrmOptions } from "./ddrm.js";
export type { LastEstimate } from "@leader/core";
