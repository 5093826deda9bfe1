import type { NoiseSchedule } from "../contract/denoiser.js";
import type { StepScheduler } from "../contract/scheduler.js";

/** A walk along a list of levels: which of them the run is at. */
export interface LevelWalkState {
  /** Schedule indices in the order of the walk, noisiest first, 0 (clean) last. */
  readonly levels: readonly number[];
  readonly at: number;
}

export interface LevelWalkOptions {
  /** The most steps that the walk can take. */
  readonly maxSteps: (schedule: NoiseSchedule) => number;
  /** False promises that the levels only fall: state that only time travel reads is then not kept. Default true. */
  readonly travels?: boolean;
}

/**
 * A scheduler that visits the levels of a list in turn and reads nothing back, so that no step waits for the device. Where the list rises it
 * travels back in time; a rise over several levels is one journey, since only its end matters.
 * @param levelsOf schedule indices, noisiest first and 0 last, by the schedule and the noise of the measurement.
 */
export function levelWalk(
  levelsOf: (schedule: NoiseSchedule, sigmaY?: number) => readonly number[],
  { maxSteps, travels = true }: LevelWalkOptions,
): StepScheduler<LevelWalkState> {
  return {
    observes: [],
    travels,
    maxSteps,
    start(schedule, sigmaY) {
      const levels = levelsOf(schedule, sigmaY);
      return { from: levels[0]!, state: { levels, at: 0 } };
    },
    decide(_observed, { levels, at }) {
      const to = at + 1;
      const end = endOfRise(levels, to);
      const back = end === to ? {} : { travelTo: levels[end]! };
      return { decision: { kind: "step", to: levels[to]!, ...back }, state: { levels, at: end } };
    },
  };
}

/** The last place of the levels that rise from `at` on. */
function endOfRise(levels: readonly number[], at: number): number {
  let end = at;
  while (end + 1 < levels.length && levels[end + 1]! > levels[end]!) end++;
  return end;
}
