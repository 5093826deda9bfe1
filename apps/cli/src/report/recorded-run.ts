import type { HostTensor } from "@leader/graph";
import type { RecordedFrame } from "leader-restore";
import type { PictureName, RunFacts } from "./run-facts.js";

/** A restoration with everything that a report shows: from a run that has just ended, or read from its folder. */
export interface RecordedRun {
  readonly facts: RunFacts;
  /** [1,C,H,W] in [-1,1]. `restored` is always there. */
  readonly pictures: ReadonlyMap<PictureName, HostTensor>;
  readonly frames: readonly RecordedFrame[];
}
