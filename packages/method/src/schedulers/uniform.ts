import { defineStage, levelWalk, uniformSteps, type LevelWalkState, type StepScheduler } from "@leader/core";
import { z } from "zod";

const options = z.strictObject({ steps: z.int().min(1).default(100).describe("network evaluations") });

/** Every level of the uniform grid in turn. */
export const uniformScheduler = ({ steps }: z.output<typeof options>): StepScheduler<LevelWalkState> =>
  levelWalk((schedule) => uniformSteps(schedule, steps), { maxSteps: () => steps, travels: false });

export const uniform = defineStage({
  kind: "scheduler",
  summary: "a uniform grid of timesteps",
  options,
  create: uniformScheduler,
});
