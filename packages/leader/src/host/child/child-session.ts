import type { PipelineEventBody } from "@leader/core";
import type { Aval, HostTensor } from "@leader/graph";
import { errors } from "../../error-codes.js";
import { builtEntry } from "../../files/built-entry.js";
import type { Blueprint } from "../config/blueprint.js";
import { EventStream } from "../run/event-stream.js";
import type { RestoreOptions, RestorePlan, RestoreResult, RestoreWay, Run, Session, SessionLimits } from "../types.js";
import { ceilings } from "./limits.js";
import { outputWarning } from "./output-warning.js";
import { SupervisedWorker } from "./supervised-worker.js";
import { hashOf } from "../config/freeze.js";

/** Lines of output that one run turns into warnings. */
const mostOutputWarnings = 20;

/** A session that computes in a supervised child process. A process that is ended is replaced for the next restoration. */
export class ChildSession implements Session {
  readonly #worker: SupervisedWorker;
  #last: Promise<unknown> = Promise.resolve();
  #closed = false;

  private constructor(worker: SupervisedWorker) {
    this.#worker = worker;
  }

  /** Starts the process and sets the stages up in it. Errors: those of the pipeline, `CHILD_UNAVAILABLE`, `CHILD_CRASHED`, `LIMIT_INVALID`. */
  static async open({ selected, source, options, config }: Blueprint, limits: SessionLimits): Promise<ChildSession> {
    const inMemory = [...selected.values()].find(({ use }) => use.startsWith("code#"));
    if (inMemory !== undefined) throw errors.CHILD_ONLY_TEXT({ stage: inMemory.role });
    const { memoryMiB } = ceilings(limits);
    const setup = { method: "open", argument: { source, options, configHash: hashOf(config), memoryMiB } };
    const worker = new SupervisedWorker({ entry: builtEntry("host/child/main.js"), limits, setup });
    await worker.open();
    return new ChildSession(worker);
  }

  restore(y: HostTensor, options: RestoreOptions = {}): Run {
    const events = new EventStream();
    const before = this.#last;
    const turn = waitForTurn(before, options.signal);
    const result = turn.then(() => this.#restore(y, options, events)).catch((error: unknown) => endWith(error, options, events));
    const closed = result.finally(() => events.close());
    // Whoever only reads the events must not be punished by an unhandled rejection.
    closed.catch(() => undefined);
    this.#last = Promise.allSettled([before, closed]);
    return { events, result: closed };
  }

  async plan(measurement: Aval, options: RestoreWay = {}, onEvent?: (event: PipelineEventBody) => void): Promise<RestorePlan> {
    return (await this.#ask("plan", { measurement, options }, onEvent)) as RestorePlan;
  }

  async imageFor(measurement: Aval): Promise<Aval> {
    return (await this.#ask("imageFor", measurement)) as Aval;
  }

  /** After what was asked for before. */
  async #ask(method: string, argument: unknown, onEvent?: (event: PipelineEventBody) => void): Promise<unknown> {
    if (this.#closed) throw errors.SESSION_CLOSED({ what: method });
    const answer = this.#last.then(() => this.#worker.call({ method, argument }, { onEvent: (event) => onEvent?.(bodyOf(event)) }));
    this.#last = Promise.allSettled([answer]);
    return await answer;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    await this.#worker[Symbol.asyncDispose]();
  }

  async #restore(y: HostTensor, { signal, ...sent }: RestoreOptions, events: EventStream): Promise<RestoreResult> {
    if (this.#closed) throw errors.SESSION_CLOSED({ what: "restore" });
    let lines = 0;
    const answer = await this.#worker.call(
      { method: "restore", argument: { y, options: sent } },
      {
        signal,
        onEvent: (event) => events.push(bodyOf(event)),
        onOutput: (stream, line) => {
          if (lines++ < mostOutputWarnings) events.push(outputWarning(stream, line));
        },
      },
    );
    return answer as RestoreResult;
  }
}

/** The process is of this installation: it tells what its engine emits. */
const bodyOf = (event: unknown): PipelineEventBody => event as PipelineEventBody;

/** A run that is cancelled while it waits does not wait any longer. */
async function waitForTurn(before: Promise<unknown>, signal: AbortSignal | undefined): Promise<void> {
  if (signal?.aborted === true) throw cancelled("before it began");
  await new Promise<void>((resolve, reject) => {
    const cancel = (): void => reject(cancelled("before it began"));
    signal?.addEventListener("abort", cancel, { once: true });
    void before.then(() => {
      signal?.removeEventListener("abort", cancel);
      resolve();
    });
  });
}

/** The child has said how the run ended, unless it was ended itself. */
function endWith(error: unknown, { signal }: RestoreOptions, events: EventStream): never {
  const aborted = signal?.aborted === true;
  events.end(aborted ? "aborted" : "failed", error instanceof Error ? error.message : String(error));
  throw error;
}

const cancelled = (at: string): Error => errors.RUN_CANCELLED({ at });
