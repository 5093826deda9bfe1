import type { PipelineEvent, PipelineEventBody, RunOutcome } from "@leader/core";

/** The events of a run as they arrive from a working process, completed where that process could not do so itself. */
export class RunEvents {
  readonly #start = performance.now();
  readonly #give: (event: PipelineEvent) => void;
  #next = 0;
  #evaluations = 0;
  #begun = false;
  #ended = false;

  constructor(give: (event: PipelineEvent) => void) {
    this.#give = give;
  }

  /** An event of the run, or of what was set up before it; others are not meant for the reader of a run. */
  see(event: PipelineEvent | PipelineEventBody): void {
    if (!("v" in event)) {
      if (event.type === "loading" || event.type === "warning" || event.type === "set-up") this.add(event);
      return;
    }
    this.#begun = true;
    if (event.type === "step-end") this.#evaluations = event.evaluations;
    if (event.type === "run-end") this.#ended = true;
    this.#give({ ...event, seq: this.#next++ });
  }

  /** An event that the run itself knows nothing of. */
  add(body: PipelineEventBody): void {
    this.#give({ v: 1, seq: this.#next++, ms: Math.round(performance.now() - this.#start), ...body });
  }

  /** Adds a `run-end` to a run that began and was ended from outside. */
  end(outcome: RunOutcome, error: unknown): void {
    if (!this.#begun || this.#ended) return;
    this.add({ type: "run-end", outcome, reason: error instanceof Error ? error.message : String(error), evaluations: this.#evaluations });
  }
}
