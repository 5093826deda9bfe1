/** `@leader/baseline-samplers`: unconditional samplers as a LEADer plugin, and as functions for use from code. */
export { default } from "./plugin.js";
export { ddpm } from "./ddpm.js";
export type { DdpmOptions } from "./ddpm.js";
export { ddim } from "./ddim.js";
export type { DdimOptions } from "./ddim.js";
export { dpmSolver, dpmSolverPlusPlus } from "./dpm-solver.js";
export type { DpmSolverOptions, History } from "./dpm-solver.js";
export { edmHeun } from "./edm-heun.js";
export type { EdmHeunOptions } from "./edm-heun.js";
export type { LastEstimate } from "@leader/core";
