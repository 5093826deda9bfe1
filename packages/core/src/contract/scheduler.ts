import type { NoiseSchedule } from "./denoiser.js";
import type { LinearOperator } from "./operator.js";

/** Where a step goes. Levels are indices of the noise schedule; 0 is clean. */
export type Decision =
  | {
      readonly kind: "step";
      /** A cleaner level than that of the run, `to < from`. */
      readonly to: number;
      /** Afterwards go back to this noisier level before the next evaluation (time travel). */
      readonly travelTo?: number;
    }
  | {
      /** Ends the run at the present state, with outcome `stopped`. */
      readonly kind: "stop";
      readonly reason: string;
    };

/** What a scheduler is told before it decides about a step. */
export interface ObservedStep {
  /** Number of the step, from 0. A step may take more than one network evaluation (an inner loop, estimators with probes). */
  readonly number: number;
  /** Level of the run: an index of the schedule. */
  readonly from: number;
  /**
   * Scalars observed up to here in this step: `uncertainty` (U_t, the mean posterior variance, engine units squared, images in [-1,1]),
   * `uncertainty.standardError` and whatever the stages report; after an inner loop those of its last round.
   */
  readonly observed: Readonly<Record<string, number>>;
}

/**
 * Chooses the steps (SATP, a uniform grid, ...). Runs on the host; the state `S` is plain JSON, so a run can be logged and replayed.
 * Errors: a decision that breaks what is stated here ends the run with LEADER_SCHEDULE_INVALID.
 */
export interface StepScheduler<S = unknown> {
  /**
   * Names of the scalars that `decide` reads. It states a need, checked before the run: a scheduler that names `uncertainty` needs an
   * estimator, and one that names `misfit` has it computed by `misfitOf`, unless images are rearranged. All scalars of a phase come back together with its check for finite numbers, so a short list makes no step faster.
   */
  readonly observes: readonly string[];
  /**
   * False if no decision ever has `travelTo`: state that only time travel reads is then not kept, and baselines without a `travel` of their
   * own can be used with estimators that learn from fresh noise. Default true.
   */
  readonly travels?: boolean;
  /** The most steps a run can take, for progress; a run that takes more is an error. */
  maxSteps(schedule: NoiseSchedule): number;
  /**
   * The first level, above 0 and below the length of the schedule, and the first state.
   * @param sigmaY noise of the measurement for images in [-1,1]; absent in a check of a pipeline that estimates it.
   * @param operator what is measured of the picture, for steps that depend on it; a host gives it always.
   */
  start(schedule: NoiseSchedule, sigmaY?: number, operator?: LinearOperator): { readonly from: number; readonly state: S };
  /** Called between `predict` and `update` of every step. `to < from` strictly, and the last step goes to 0. */
  decide(at: ObservedStep, state: S): { readonly decision: Decision; readonly state: S };
}
