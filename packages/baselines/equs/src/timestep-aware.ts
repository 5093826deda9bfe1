import { levelWalk, timestepAwareSteps, type LevelWalkState, type StepScheduler } from "@leader/core";

/**
 * The timestep-aware schedule of EquS+: quadratic spacing, dense near the clean end, timesteps floor((sqrt(999) (1 - k/(T-1)))^2). Of
 * levels that the formula repeats (the last timestep 0, three times for T = 100) each is visited once, so T = 100 takes 97
 * evaluations: the released code evaluates the repetitions, which only draw new noise at the first level.
 */
export const timestepAwareScheduler = ({ steps }: { readonly steps: number }): StepScheduler<LevelWalkState> =>
  levelWalk((schedule) => [...new Set(timestepAwareSteps(schedule, steps))], { maxSteps: () => steps, travels: false });
