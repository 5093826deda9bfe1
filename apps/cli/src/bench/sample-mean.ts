import { sizeOf, type HostTensor } from "@leader/graph";
import { SpreadMeter, type RestoreResult } from "leader-restore";

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
    const variance: HostTensor = {
      ...deviation,
      data: Float32Array.from({ length: sizeOf(deviation.shape) }, (_, i) => deviation.data[i]! ** 2),
    };
    return { ...this.#sum!, image: mean, frames: [{ step: 0, stride: 1, preview: mean, x0: mean, variance }] };
  }
}

function added(a: RestoreResult, b: RestoreResult): RestoreResult {
  const seconds = {
    load: a.seconds.load + b.seconds.load,
    compile: a.seconds.compile + b.seconds.compile,
    sampling: a.seconds.sampling + b.seconds.sampling,
    network: a.seconds.network + b.seconds.network,
    update: a.seconds.update + b.seconds.update,
  };
  const stopped = a.outcome === "stopped" ? a : b;
  return {
    ...a,
    outcome: stopped.outcome,
    reason: stopped.reason,
    evaluations: a.evaluations + b.evaluations,
    seconds,
    peakMemoryMiB: Math.max(a.peakMemoryMiB, b.peakMemoryMiB),
  };
}
