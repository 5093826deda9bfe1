/** `@leader/graph/reference`: the float64 interpreter, oracle of every backend, and the debug backend made from it. */
export { toHost, toReference } from "../ir/reference-value.js";
export { evaluateGraph, evaluateNode, interpret } from "./interpret.js";
export type { InterpretOptions } from "./interpret.js";
export { referenceBackend } from "./backend.js";
export type { ReferenceBackendOptions } from "./backend.js";
