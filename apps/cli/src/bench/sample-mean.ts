import { recordOf } from "@leader/graph/records";
import { SpreadMeter, type RestoreResult } from "leader-restore";
import { frameOfSpread } from "../report/calibration.js";

/** More than a bench has pictures, so that no sample of one shares its noise with another picture. */
const numbersBetween = 2 ** 20;

/** Number of a picture by which the noise of its k-th sample is drawn: the first is the restoration that a single one would be. */
export const numberOfSample = (number: number, k: number): number => number + k * numbersBetween;

/**
 * Several restorations of one measurement as one result: their mean, whose only frame predicts their variance for it; evaluations and times
 * added up.
 */
export class SampleMean {
  readonly #spread = new SpreadMeter();
  #sum: RestoreResult | undefined;

  add(result: RestoreResult): void {
    this.#spread.add(result.image);
    this.#sum = this.#sum === undefined ? result : added(this.#sum, result);
  }

  /** Errors: `SAMPLES_FEW`. */
  finish(): RestoreResult {
    const { mean, deviation } = this.#spread.finish();
    return { ...this.#sum!, image: mean, frames: [frameOfSpread(mean, deviation)] };
  }
}

function added(a: RestoreResult, b: RestoreResult): RestoreResult {
  const stopped = a.outcome === "stopped" ? a : b;
  return {
    ...a,
    outcome: stopped.outcome,
    reason: stopped.reason,
    evaluations: a.evaluations + b.evaluations,
    seconds: recordOf(["load", "compile", "sampling", "network", "update"], (part) => a.seconds[part] + b.seconds[part]),
    peakMemoryMiB: Math.max(a.peakMemoryMiB, b.peakMemoryMiB),
  };
}
