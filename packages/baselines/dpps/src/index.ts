/** `@leader/baseline-dpps`: DPPS as a LEADer plugin, and as a function for use from code. */
export { default } from "./plugin.js";
export { dpps } from "./dpps.js";
export type { DppsOptions } from "./dpps.js";
