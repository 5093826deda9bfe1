/** `@leader/baseline-projdiff`: ProjDiff as a LEADer plugin, and as functions for use from code. */
export { default } from "./plugin.js";
export { projdiff } from "./projdiff.js";
export { projdiffScalar } from "./projdiff-scalar.js";
export type { ProjdiffScalarOptions } from "./projdiff-scalar.js";
export type { ProjdiffOptions } from "./options.js";
