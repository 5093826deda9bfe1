/** `@leader/baseline-cddb`: CDDB's guidance in a DDPM as a LEADer plugin, and as a function for use from code. */
export { default } from "./plugin.js";
export { cddb } from "./cddb.js";
export type { CddbOptions } from "./cddb.js";
export type { LastEstimate } from "@leader/core";
