/** A step may take this many times as long as the median of those before it. */
const patience = 20;
/** Steps after which the median says something. */
const enoughSteps = 3;
/** Seconds that are never too long: machines pause, disks spin up. */
const leastSeconds = 60;
/** Steps that the median is taken over. */
const keptSteps = 31;

/**
 * How long a run may stay silent: a fixed time at first, and once its pace is known, twenty times a usual step. A run that
 * hangs in native code is ended this way although nobody stated a limit of time.
 */
export class ProgressWatch {
  readonly #first: number;
  readonly #steps: number[] = [];
  #silent = 0;
  /** Seconds since the last step ended, whatever was heard on the way. */
  #underWay = 0;

  /** @param firstSeconds allowed silence before the pace is known */
  constructor(firstSeconds: number) {
    this.#first = firstSeconds;
  }

  /** A sign of life: the end of a step, or another one. */
  progress(isStep: boolean): void {
    if (isStep) {
      this.#steps.push(this.#underWay);
      if (this.#steps.length > keptSteps) this.#steps.shift();
      this.#underWay = 0;
    }
    this.#silent = 0;
  }

  /** Counts time that could be used, or takes back what turned out not to be; returns the allowed seconds if they are over. */
  pass(seconds: number): number | undefined {
    this.#silent = Math.max(0, this.#silent + seconds);
    this.#underWay = Math.max(0, this.#underWay + seconds);
    const allowed = this.#allowed();
    return this.#silent > allowed ? allowed : undefined;
  }

  #allowed(): number {
    if (this.#steps.length < enoughSteps) return this.#first;
    const sorted = [...this.#steps].sort((a, b) => a - b);
    return Math.min(this.#first, Math.max(leastSeconds, patience * sorted[Math.floor(sorted.length / 2)]!));
  }
}
