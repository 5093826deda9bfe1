import { graphErrors } from "@leader/graph";
import { errors } from "./error-codes.js";

/** The error codes of `@leader/graph` and `@leader/core`, for stages that find the same faults. */
export const coreErrors = { ...graphErrors, ...errors };
