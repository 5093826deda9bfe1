/** `@leader/baseline-equs`: EquS as a wrapper of any baseline, and the schedule of EquS+ as a LEADer plugin. */
export { default } from "./plugin.js";
export { equs } from "./equs.js";
export type { EquivarianceOptions, EquivariantState } from "./equs.js";
export { transformations } from "./transformation.js";
export type { Transformation } from "./transformation.js";
export { timestepAwareScheduler } from "./timestep-aware.js";
