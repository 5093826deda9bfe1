/** `@leader/baseline-daps`: DAPS as a LEADer plugin, and as a function for use from code. */
export { default } from "./plugin.js";
export { daps } from "./daps.js";
export type { DapsOptions } from "./daps.js";
export type { LastEstimate } from "@leader/core";
