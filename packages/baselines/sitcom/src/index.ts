/** `@leader/baseline-sitcom`: SITCOM as a LEADer plugin, and as a function for use from code. */
export { default } from "./plugin.js";
export { sitcom } from "./sitcom.js";
export type { SitcomOptions, SitcomState } from "./sitcom.js";
