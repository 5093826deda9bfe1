import { defineStage, levelWalk, squareRootSteps, type LevelWalkState, type StepScheduler } from "@leader/core";
import { z } from "zod";

const options = z.strictObject({
  steps: z.int().min(2).default(100).describe("levels of the grid, of which repetitions are visited once"),
});

/** Every level of a grid that starts at the last timestep and is dense near the clean end, once each. */
export const squareRootScheduler = ({ steps }: z.output<typeof options>): StepScheduler<LevelWalkState> =>
  levelWalk((schedule) => [...new Set(squareRootSteps(schedule, steps))], { maxSteps: () => steps, travels: false });

export const squareRoot = defineStage({
  kind: "scheduler",
  summary: "the grid of DiffPIR (`quad`): from the last timestep on, dense near the clean end",
  reference:
    "Zhu et al.: Denoising Diffusion Models for Plug-and-Play Image Restoration. CVPR Workshops 2023. https://arxiv.org/abs/2305.08995",
  options,
  create: squareRootScheduler,
});
