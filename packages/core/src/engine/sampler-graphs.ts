import type { InnerLoop } from "../contract/baseline.js";
import type { Phase } from "./phase.js";

/**
 * A sampler as graphs. A step runs `predict`, asks the scheduler, runs `update`; `travel` goes back to a noisier level. With an inner loop
 * a step runs `advance` and `again` (which is `predict` without the uncertainty) until the loop ends. Where the uncertainty is not estimated in every
 * step, the others run `between`, which carries the last estimate to their level, in place of `predict`.
 */
export interface SamplerGraphs {
  readonly init: Phase;
  readonly predict: Phase;
  readonly update: Phase;
  readonly travel: Phase;
  readonly inner?: InnerPhases;
  /** After `init`, if there is anything that all steps need and that depends on the measurement alone. */
  readonly prepare?: Phase;
  readonly amortised?: AmortisedPhase;
}

/** How steps go that do not estimate. */
export interface AmortisedPhase {
  /** Every how many steps the uncertainty is estimated. */
  readonly every: number;
  readonly between: Phase;
}

/** The inner loop of a step as graphs. */
export interface InnerPhases extends Pick<InnerLoop, "most" | "until"> {
  readonly advance: Phase;
  readonly again: Phase;
}

/** All graphs of a sampler, once each. */
export const phasesOf = ({ init, prepare, predict, amortised, update, travel, inner }: SamplerGraphs): readonly Phase[] => [
  ...new Set([
    init,
    ...(prepare === undefined ? [] : [prepare]),
    predict,
    ...(amortised === undefined ? [] : [amortised.between]),
    ...(inner === undefined ? [] : [inner.advance, inner.again]),
    update,
    travel,
  ]),
];

/** The most network evaluations of one step. */
export const evaluationsOfStep = ({ predict, update, inner }: SamplerGraphs): number =>
  predict.evaluations + update.evaluations + (inner === undefined ? 0 : (inner.most - 1) * inner.again.evaluations);
