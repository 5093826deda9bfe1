/** `@leader/baseline-hgu`: HGU as a LEADer plugin, and as a function for use from code. */
export { default } from "./plugin.js";
export { hgu } from "./hgu.js";
export type { HguOptions, HguState } from "./hgu.js";
