import type { Decision } from "../contract/scheduler.js";

/** What was observed and decided in one step. */
export interface StepRecord {
  readonly step: number;
  /** The level of the run before the step. */
  readonly from: number;
  readonly decision: Decision;
  readonly observed: Readonly<Record<string, number>>;
}
