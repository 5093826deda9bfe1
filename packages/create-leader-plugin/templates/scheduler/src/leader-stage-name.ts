import { levelWalk, type LevelWalkState, type StepScheduler } from "@leader/core";
import { z } from "zod";

export const options = z.strictObject({
  steps: z.int().min(1).default(20).describe("levels of the grid, of which repetitions are visited once"),
  power: z.number().min(0.25).max(4).default(2).describe("1: equal distances; above: dense near the clean end"),
});

/** Levels round((k / steps)^power (length - 1)) for k = steps, ..., 0. Nothing is read back, so no step waits for the device. */
export const leaderStageNameScheduler = ({ steps, power }: z.output<typeof options>): StepScheduler<LevelWalkState> =>
  levelWalk(
    ({ length }) => {
      const levels = Array.from({ length: steps }, (_, k) => Math.max(1, Math.round(((steps - k) / steps) ** power * (length - 1))));
      return [...new Set(levels), 0];
    },
    { maxSteps: () => steps, travels: false },
  );
