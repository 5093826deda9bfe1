/** `@leader/baseline-spgd`: SPGD as a LEADer plugin, and as a function for use from code. */
export { default } from "./plugin.js";
export { spgd } from "./spgd.js";
export type { SpgdOptions, SpgdState } from "./spgd.js";
