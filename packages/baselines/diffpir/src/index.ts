/** `@leader/baseline-diffpir`: DiffPIR as a LEADer plugin, and as functions for use from code. */
export { default } from "./plugin.js";
export { diffpir } from "./diffpir.js";
export type { DiffpirOptions } from "./diffpir.js";
export type { LastEstimate } from "@leader/core";
export { backProjectionStep, gradientStep, proximalStep } from "./data-step.js";
export type { DataStep } from "./data-step.js";
export type { Start } from "./start.js";
