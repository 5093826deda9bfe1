import { z } from "zod";

/** Options that several estimators share. */
export const windowOption = z
  .number()
  .min(0)
  .max(64)
  .default(3)
  .describe("standard deviation of the Gaussian smoothing window in pixels; 0 does not smooth");

export const everyOption = z
  .int()
  .min(1)
  .max(1000)
  .default(1)
  .describe(
    "estimate in the first step and in every n-th from there; steps between take the last estimate, carried to their noise level as if the prior were Gaussian",
  );

export const dataVarianceOption = z
  .number()
  .positive()
  .default(0.25)
  .describe("variance of an image's values in [-1,1], the most that can be unknown about a pixel; photographs have about 0.25");
