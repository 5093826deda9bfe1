import type { NoiseSchedule } from "./denoiser.js";

/** Where a step goes. Levels are indices of the noise schedule; 0 is clean. */
export type Decision =
  | {
      readonly kind: "step";
      readonly from: number;
      readonly to: number;
      /** Afterwards go back to this noisier level before the next evaluation (time travel). */
      readonly travelTo?: number;
    }
  | { readonly kind: "stop"; readonly reason: string };

export interface ObservedStep {
  /** Counts network evaluations from 0. */
  readonly number: number;
  readonly from: number;
  /** Scalars observed in `predict`: `uncertainty`, `uncertainty.standardError` and whatever the stages report. */
  readonly observed: Readonly<Record<string, number>>;
}

/** Chooses the steps (SATP, a uniform grid, ...). Runs on the host; the state `S` is plain JSON, so a run can be logged and replayed. */
export interface StepScheduler<S = unknown> {
  /** Scalars to read back before each decision; none means that no step waits for the device. */
  readonly observes: readonly string[];
  /**
   * False if no decision ever has `travelTo`: state that only time travel reads is then not kept, and baselines without a `travel` of their
   * own can be used with estimators that learn from fresh noise. Default true.
   */
  readonly travels?: boolean;
  /** The most steps a run can take, for progress and limits. */
  maxSteps(schedule: NoiseSchedule): number;
  /** The first level and the first state. */
  start(schedule: NoiseSchedule): { readonly from: number; readonly state: S };
  /** Called between `predict` and `update` of every step. `to < from` strictly, and the last step goes to 0. */
  decide(at: ObservedStep, state: S): { readonly decision: Decision; readonly state: S };
}
