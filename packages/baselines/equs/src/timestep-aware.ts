import { timestepAwareSteps, type StepScheduler } from "@leader/core";

/** A walk down a list of levels: which of them the run is at. */
export interface WalkState {
  /** Schedule indices, noisiest first, 0 (clean) last. */
  readonly levels: readonly number[];
  readonly at: number;
}

/**
 * The timestep-aware schedule of EquS+: quadratic spacing, dense near the clean end, timesteps floor((sqrt(999) (1 - k/(T-1)))^2). Of
 * levels that the formula repeats (the last timestep 0, three times for T = 100) each is visited once, so T = 100 takes 97
 * evaluations: the released code evaluates the repetitions, which only draw new noise at the first level.
 */
export function timestepAwareScheduler({ steps }: { readonly steps: number }): StepScheduler<WalkState> {
  return {
    observes: [],
    maxSteps: () => steps,
    start(schedule) {
      const levels = [...new Set(timestepAwareSteps(schedule, steps))];
      return { from: levels[0]!, state: { levels, at: 0 } };
    },
    decide({ from }, { levels, at }) {
      return { decision: { kind: "step", from, to: levels[at + 1]! }, state: { levels, at: at + 1 } };
    },
  };
}
