import { defineStage, uniformSteps, type StepScheduler } from "@leader/core";
import { z } from "zod";

const options = z.strictObject({ steps: z.int().min(1).default(100).describe("network evaluations") });

/** A walk down a list of levels: which of them the run is at. */
export interface WalkState {
  /** Schedule indices, noisiest first, 0 (clean) last. */
  readonly levels: readonly number[];
  readonly at: number;
}

/** Every level of the uniform grid in turn. Reads nothing back, so no step waits for the device. */
export const uniformScheduler = ({ steps }: z.output<typeof options>): StepScheduler<WalkState> => ({
  observes: [],
  travels: false,
  maxSteps: () => steps,
  start(schedule) {
    const levels = uniformSteps(schedule, steps);
    return { from: levels[0]!, state: { levels, at: 0 } };
  },
  decide({ from }, { levels, at }) {
    return { decision: { kind: "step", from, to: levels[at + 1]! }, state: { levels, at: at + 1 } };
  },
});

export const uniform = defineStage({
  kind: "scheduler",
  summary: "a uniform grid of timesteps",
  options,
  create: uniformScheduler,
});
