/** `@leader/baseline-red-diff`: RED-diff as a LEADer plugin, and as a function for use from code. */
export { default } from "./plugin.js";
export { redDiff } from "./red-diff.js";
export type { RedDiffOptions, RedDiffState } from "./red-diff.js";
export type { NoiseWeight } from "./noise-weight.js";
