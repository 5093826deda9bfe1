import { defineStage, squareRootSteps, type StepScheduler } from "@leader/core";
import { z } from "zod";
import type { WalkState } from "./uniform.js";

const options = z.strictObject({ steps: z.int().min(2).default(100).describe("levels of the grid, of which repetitions are visited once") });

/** Every level of a grid that starts at the last timestep and is dense near the clean end, once each. */
export const squareRootScheduler = ({ steps }: z.output<typeof options>): StepScheduler<WalkState> => ({
  observes: [],
  travels: false,
  maxSteps: () => steps,
  start(schedule) {
    const levels = [...new Set(squareRootSteps(schedule, steps))];
    return { from: levels[0]!, state: { levels, at: 0 } };
  },
  decide({ from }, { levels, at }) {
    return { decision: { kind: "step", from, to: levels[at + 1]! }, state: { levels, at: at + 1 } };
  },
});

export const squareRoot = defineStage({
  kind: "scheduler",
  summary: "the grid of DiffPIR (`quad`): from the last timestep on, dense near the clean end",
  reference: "Zhu et al.: Denoising Diffusion Models for Plug-and-Play Image Restoration. CVPR Workshops 2023. https://arxiv.org/abs/2305.08995",
  options,
  create: squareRootScheduler,
});
