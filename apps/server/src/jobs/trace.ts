import { defined } from "@leader/graph";
import type { Progress } from "leader-restore";

/** One finished step. */
export interface TracedStep {
  /** From 0, as in reports. */
  readonly step: number;
  /** Standard deviation of the noise that it began with, for pictures in [-1,1]. */
  readonly sigma: number;
  /** The mean variance that was predicted, U_t; absent where no estimator takes part. */
  readonly uncertainty?: number;
  /** Network evaluations so far. */
  readonly evaluations: number;
}

/**
 * The steps of a restoration, gathered from its progress. Where a picture is restored part by part, each part begins with step 0; what is
 * tried again begins anew.
 */
export class Trace {
  #steps: TracedStep[] = [];

  get steps(): readonly TracedStep[] {
    return this.#steps;
  }

  see({ step, sigma, uncertainty, evaluations }: Progress): void {
    if (evaluations < (this.#steps.at(-1)?.evaluations ?? 0)) this.#steps = [];
    const finished = sigma !== undefined && evaluations > (this.#steps.at(-1)?.evaluations ?? 0);
    if (finished) this.#steps.push({ step: step - 1, sigma, ...defined({ uncertainty }), evaluations });
  }
}

/** Tells of each step once. */
export class TraceReader {
  readonly #trace: Trace;
  #steps: readonly TracedStep[] = [];
  #told = 0;

  constructor(trace: Trace) {
    this.#trace = trace;
  }

  /** What was finished since the last time; all of it where the restoration began anew. */
  next(): readonly TracedStep[] {
    const { steps } = this.#trace;
    const from = steps === this.#steps ? this.#told : 0;
    this.#steps = steps;
    this.#told = steps.length;
    return steps.slice(from);
  }
}
