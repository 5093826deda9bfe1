import { z } from "zod";
import type { NoiseKey } from "@leader/core";

/** Option of every operator that draws something at random. */
export const seedOption = z
  .int()
  .min(0)
  .max(0xffffffff)
  .default(0)
  .describe("seed of the operator's own random choices; independent of the seed of the run");

/** The stream of an operator: the same for every image, size and run. */
export const operatorKey = (seed: number, name: string): NoiseKey => ({ seed, image: 0, step: 0, name: `operator/${name}` });
