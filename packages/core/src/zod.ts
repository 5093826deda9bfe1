/**
 * `@leader/core/zod`: zod as the packages of this project share it once they are built, in one module in place of 95 and with messages in
 * English alone. Sources import `zod`; `tools/scripts/bundle.mjs` leads their built files here. Other plugins take zod itself, or any
 * Standard Schema.
 */
export * from "zod";
