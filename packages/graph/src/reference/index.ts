/** `@leader/graph/reference`: the float64 interpreter, oracle of every backend, and the debug backend made from it. */
export { evaluateGraph, evaluateNode, interpret, toHost, toReference } from "./interpret.js";
export type { InterpretOptions } from "./interpret.js";
export { referenceBackend } from "./backend.js";
export type { ReferenceBackendOptions } from "./backend.js";
