import type { PipelineEvent, PipelineEventBody, RunOutcome } from "@leader/core";

/** Events in their envelopes, waiting for a reader. Every event is given out once; reading ends after `close`. */
export class EventStream implements AsyncIterable<PipelineEvent> {
  readonly #start = performance.now();
  readonly #queue: PipelineEvent[] = [];
  #waiting: (() => void)[] = [];
  #seq = 0;
  #closed = false;
  #evaluations = 0;
  #ended = false;

  /** Adds an event: `seq` counts from 0, `ms` from the creation of the stream. Nothing is added after `close`. */
  push(body: PipelineEventBody): void {
    if (this.#closed) return;
    if (body.type === "step-end") this.#evaluations = body.evaluations;
    if (body.type === "run-end") this.#ended = true;
    this.#queue.push({ v: 1, seq: this.#seq++, ms: Math.round(performance.now() - this.#start), ...body });
    this.#wake();
  }

  /** Adds a `run-end` unless there is one: for runs that could not report their own end. */
  end(outcome: RunOutcome, reason: string): void {
    if (!this.#ended) this.push({ type: "run-end", outcome, reason, evaluations: this.#evaluations });
  }

  close(): void {
    this.#closed = true;
    this.#wake();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<PipelineEvent, void, undefined> {
    for (;;) {
      const next = this.#queue.shift();
      if (next !== undefined) yield next;
      else if (this.#closed) return;
      else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}
