import type { StepScheduler } from "../contract/scheduler.js";
import { levelWalk, type LevelWalkState } from "../schedule/level-walk.js";

/** Visits given schedule indices in turn, noisiest first and 0 last; a rise in the list is a time travel. For tests of other stages. */
export const walkScheduler = (levels: readonly number[]): StepScheduler<LevelWalkState> =>
  levelWalk(() => levels, { maxSteps: () => levels.length });
