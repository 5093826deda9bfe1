import { defineStage, levelWalk, levelWithNoise, type LevelWalkState, type StepScheduler } from "@leader/core";
import { z } from "zod";

const options = z.strictObject({
  steps: z.int().min(1).default(1).describe("levels: the first at the noise of the measurement, the others evenly below it"),
});

/**
 * Begins where the measurement is, in place of pure noise: at the lowest level with at least its noise. Of a picture that is noisy and
 * nothing else the first state is the picture itself, and one evaluation gives its posterior mean, the estimate of least squared error.
 */
export const fromNoiseScheduler = ({ steps }: z.output<typeof options>): StepScheduler<LevelWalkState> =>
  levelWalk((schedule, sigmaY = 0) => levelsBelow(levelWithNoise(schedule, sigmaY), steps), { maxSteps: () => steps, travels: false });

const levelsBelow = (first: number, steps: number): readonly number[] => [
  ...new Set(Array.from({ length: steps + 1 }, (_, i) => Math.round(first * (1 - i / steps)))),
];

export const fromNoise = defineStage({
  kind: "scheduler",
  summary: "from the noise of the measurement down: for pictures that are noisy and nothing else",
  options,
  create: fromNoiseScheduler,
});
