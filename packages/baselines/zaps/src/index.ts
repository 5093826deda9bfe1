/** `@leader/baseline-zaps`: what is known of ZAPS as a LEADer plugin, and as a function for use from code. */
export { default } from "./plugin.js";
export { zaps } from "./zaps.js";
export type { ZapsOptions } from "./zaps.js";
export type { HaarPrior } from "./haar-jacobian.js";
