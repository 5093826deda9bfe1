/** `@leader/server`: restoration behind an address. */
export { createService } from "./service.js";
export type { Service } from "./service.js";
export type { ServiceOptions } from "./options.js";
export type { App } from "./http/context.js";
export { errors as serverErrors } from "./error-codes.js";
