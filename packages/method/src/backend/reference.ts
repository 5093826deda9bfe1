import { defineStage } from "@leader/core";
import { referenceBackend } from "@leader/graph/reference";
import { z } from "zod";

const options = z.strictObject({
  checkFinite: z.boolean().default(true).describe("stop at the first operation that makes NaN or infinity, and name it"),
});

/** The float64 interpreter as a backend: slow, exact, for finding errors and for tests. */
export const reference = defineStage({
  kind: "backend",
  summary: "float64 interpreter: slow and exact, names the operation that goes wrong",
  options,
  create: referenceBackend,
});
