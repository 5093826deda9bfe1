/** `@leader/baseline-ddnm`: DDNM and DDNM+ as a LEADer plugin, and as functions for use from code. */
export { default } from "./plugin.js";
export { ddnm } from "./ddnm.js";
export type { DdnmOptions } from "./ddnm.js";
export { ddnmPlus } from "./ddnm-plus.js";
export type { DdnmPlusOptions } from "./ddnm-plus.js";
export { ddnmPlusSimplified } from "./ddnm-plus-simplified.js";
export type { DdnmPlusSimplifiedOptions } from "./ddnm-plus-simplified.js";
export type { LastEstimate } from "@leader/core";
export type { TravelFrom } from "./travel.js";
