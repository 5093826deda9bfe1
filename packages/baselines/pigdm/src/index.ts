/** `@leader/baseline-pigdm`: ΠGDM as a LEADer plugin, and as a function for use from code. */
export { default } from "./plugin.js";
export { pigdm } from "./pigdm.js";
export type { PigdmOptions } from "./pigdm.js";
