import { defineStage, karrasSteps, levelWalk, type LevelWalkState, type StepScheduler } from "@leader/core";
import { z } from "zod";

const options = z.strictObject({
  steps: z.int().min(2).default(200).describe("levels of the grid, of which repetitions are visited once"),
  sigmaMax: z.number().positive().default(100).describe("noise of the first level, of x0 + sigma z with images in [-1,1]"),
  sigmaMin: z.number().positive().default(0.1).describe("noise of the last level before the clean one"),
  rho: z.number().positive().default(7).describe("the larger, the denser the grid near its end"),
});

/** Every level of a grid that is even in sigma^(1/rho), once each. */
export const karrasScheduler = (grid: z.output<typeof options>): StepScheduler<LevelWalkState> =>
  levelWalk((schedule) => [...new Set(karrasSteps(schedule, grid))], { maxSteps: () => grid.steps, travels: false });

export const karras = defineStage({
  kind: "scheduler",
  summary: "a grid even in sigma^(1/rho): by default that of DAPS, from noise 100 to 0.1 and then clean",
  reference:
    "Karras et al.: Elucidating the Design Space of Diffusion-Based Generative Models. NeurIPS 2022. https://arxiv.org/abs/2206.00364",
  options,
  create: karrasScheduler,
});
