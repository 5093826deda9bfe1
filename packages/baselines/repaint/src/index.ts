/** `@leader/baseline-repaint`: RePaint as a LEADer plugin, and as a function for use from code. */
export { default } from "./plugin.js";
export { repaint } from "./repaint.js";
export type { RepaintOptions } from "./repaint.js";
