import { z } from "zod";

/** Option of operators that have small singular values. */
export const thresholdOption = z
  .number()
  .min(0)
  .lt(1)
  .default(0.03)
  .describe("singular values below this count as 0, in the operator itself too; of each axis where the operator is a product of two axes");
