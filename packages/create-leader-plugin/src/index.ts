/** `create-leader-plugin` as a library: the files of a new plugin, for generators that put them elsewhere. */
export { errors as createErrors } from "./error-codes.js";
export { isKind, kindNames, kinds } from "./kinds.js";
export type { Kind } from "./kinds.js";
export { namesOf } from "./names.js";
export type { Names } from "./names.js";
export { scaffoldFiles, writeScaffold } from "./scaffold.js";
export type { ScaffoldFile } from "./scaffold.js";
