/** `@leader/baseline-fgps`: FGPS as a LEADer plugin, and as a function for use from code. */
export { default } from "./plugin.js";
export { fgps } from "./fgps.js";
export type { FgpsOptions } from "./fgps.js";
