import type { StepScheduler } from "../contract/scheduler.js";

/** Visits given schedule indices in turn, noisiest first and 0 last; a rise in the list is a time travel. For tests of other stages. */
export const walkScheduler = (levels: readonly number[]): StepScheduler<{ readonly at: number }> => ({
  observes: [],
  maxSteps: () => levels.length,
  start: () => ({ from: levels[0]!, state: { at: 0 } }),
  decide({ from }, { at }) {
    const back = levels[at + 2];
    const to = levels[at + 1]!;
    const travels = back !== undefined && back > to;
    return { decision: { kind: "step", from, to, ...(travels ? { travelTo: back } : {}) }, state: { at: at + (travels ? 2 : 1) } };
  },
});
