/** `@leader/operators`: the degradation operators of LEADer, as a plugin. */
export { default } from "./plugin.js";
export { errors as operatorErrors } from "./error-codes.js";
