import type { JobEvent } from "../jobs/job.js";

/** Milliseconds between two events of progress: ten a second are more than the eye needs, and each wakes two processes. */
const leastMs = 100;

/**
 * Passes events on, but of those of progress only one in a while: the first at once, then the latest when it is time. None is told after
 * what came behind it: before another event the latest is told first.
 */
export class SteadyProgress {
  readonly #tell: (event: JobEvent) => void;
  #latest: JobEvent | undefined;
  #timer: NodeJS.Timeout | undefined;
  #told = -Infinity;

  constructor(tell: (event: JobEvent) => void) {
    this.#tell = tell;
  }

  see(event: JobEvent): void {
    if (event.type !== "progress") {
      this.#flush();
      this.#tell(event);
      return;
    }
    this.#latest = event;
    const left = this.#told + leastMs - performance.now();
    if (left <= 0) this.#flush();
    else this.#timer ??= setTimeout(() => this.#flush(), left);
  }

  /** Tells nothing more. */
  end(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#latest = undefined;
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const latest = this.#latest;
    this.#latest = undefined;
    if (latest === undefined) return;
    this.#told = performance.now();
    this.#tell(latest);
  }
}
