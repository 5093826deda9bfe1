import { defineStage, levelWalk, timeTravelSteps, type LevelWalkState, type StepScheduler } from "@leader/core";
import { z } from "zod";

const options = z.strictObject({
  steps: z.int().min(1).default(100).describe("T, the levels of the uniform grid"),
  length: z.int().min(1).default(2).describe("l, how many levels each journey goes back"),
  repeat: z.int().min(1).default(2).describe("r, how often each stretch is walked; 1 is the uniform grid"),
});

/**
 * Time travel on the uniform grid (Lugmayr et al. 2022, algorithm 1): every stretch of `length` levels is walked `repeat` times. A journey
 * back over several levels is one decision: only its end matters, whether the baseline restarts from its estimate or from the state.
 */
export const timeTravelScheduler = ({ steps, length, repeat }: z.output<typeof options>): StepScheduler<LevelWalkState> =>
  levelWalk((schedule) => timeTravelSteps(schedule, { steps, travelLength: length, travelRepeat: repeat }), {
    // Every journey back is walked down again, level by level.
    maxSteps: () => steps + length * (repeat - 1) * Math.max(0, Math.ceil((steps - length) / length)),
  });

export const timeTravel = defineStage({
  kind: "scheduler",
  summary: "a uniform grid with time travel: every stretch is walked several times",
  reference: "Lugmayr et al.: RePaint. CVPR 2022. https://arxiv.org/abs/2201.09865",
  options,
  create: timeTravelScheduler,
});
