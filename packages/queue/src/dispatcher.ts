import { setTimeout as pause } from "node:timers/promises";
import { Queue, type Job } from "bullmq";
import type { Redis } from "ioredis";
import { connect } from "./address.js";
import { Announcements } from "./announcements.js";
import { errors } from "./error-codes.js";
import { channelsOf, defaultQueue, keyPrefix, type Task, type TaskEnd } from "./task.js";

/** Milliseconds between two looks at tasks whose end was not announced, as across a restart of Redis. */
const lookMs = 1000;
/** Milliseconds between two looks at a task that is being cancelled. */
const leftLookMs = 50;
/** Times that a task is tried, whose failure another try may mend. A worker that died does not count. */
const defaultAttempts = 10;
/** Seconds that the ends of tasks are remembered by the queue. */
const keptSeconds = 24 * 3600;
/** What the states of BullMQ say of a finished job. */
const over: ReadonlySet<string> = new Set(["completed", "failed", "unknown"]);

/** What a dispatch may bring along. */
export interface DispatchOptions {
  /** Stops waiting; the tasks stay with the queue. */
  readonly signal?: AbortSignal;
  /** Called as each task ends. */
  readonly onEnd?: (end: TaskEnd) => void;
  /** Called for what the function of a task tells. */
  readonly onEvent?: (id: string, event: unknown) => void;
}

/** Puts tasks on a queue and waits for them. */
export class Dispatcher implements AsyncDisposable {
  readonly #client: Redis;
  readonly #queue: Queue;
  readonly #cancelChannel: string;
  readonly #announcements: Announcements;

  private constructor(client: Redis, announcements: Announcements, queue: string) {
    this.#client = client;
    this.#announcements = announcements;
    this.#cancelChannel = channelsOf(queue).cancel;
    this.#queue = new Queue(queue, { connection: client, prefix: keyPrefix });
    // The connection reports its losses, and comes back by itself.
    this.#queue.on("error", () => undefined);
  }

  /**
   * @param queue name of the queue; default `tasks`
   * Errors: `ADDRESS`, `UNREACHABLE`, `EVICTS`.
   */
  static async open(address: string, queue: string = defaultQueue): Promise<Dispatcher> {
    const client = await connect(address);
    return new Dispatcher(client, await Announcements.listen(client, queue), queue);
  }

  /** Tasks that wait and that are worked on. */
  async load(): Promise<{ readonly waiting: number; readonly running: number }> {
    const counts = await this.#queue.getJobCounts("waiting", "prioritized", "delayed", "active");
    const { waiting = 0, prioritized = 0, delayed = 0, active = 0 } = counts;
    return { waiting: waiting + prioritized + delayed, running: active };
  }

  /**
   * Adds the tasks and resolves to how each ended, in their order. A task that is on the queue already is joined, not doubled;
   * one that ended before is done anew. Losses of the connection are waited out. Errors: `CANCELLED` when `signal` aborts.
   */
  async dispatch(tasks: readonly Task[], options: DispatchOptions = {}): Promise<readonly TaskEnd[]> {
    const { signal, onEnd, onEvent } = options;
    const waiting = new Set(tasks.map(({ id }) => id));
    let look = new AbortController();
    const onOver = (): void => look.abort();
    const listening = tasks.map(({ id }) => this.#announcements.add(id, { onEvent: onEvent && ((event) => onEvent(id, event)), onOver }));
    signal?.addEventListener("abort", onOver, { once: true });
    try {
      for (const task of tasks) await this.#add(task);
      const ends = new Map<string, TaskEnd>();
      while (waiting.size > 0) {
        // What ends from here on is looked at again.
        look = new AbortController();
        for (const end of await this.#endsOf(waiting)) {
          waiting.delete(end.id);
          ends.set(end.id, end);
          onEnd?.(end);
        }
        if (signal?.aborted === true) throw errors.CANCELLED({});
        if (waiting.size > 0) await pause(lookMs, undefined, { signal: look.signal }).catch(() => undefined);
      }
      return tasks.map(({ id }) => ends.get(id)!);
    } finally {
      signal?.removeEventListener("abort", onOver);
      for (const stop of listening) stop();
    }
  }

  /** Asks the worker of a task to stop it, and takes it off the queue if it waits. */
  async cancel(id: string): Promise<void> {
    await this.#client.publish(this.#cancelChannel, id);
    // A task that is being worked on is locked; its worker removes it.
    await this.#queue.remove(id).catch(() => undefined);
  }

  /** Resolves when the queue has let go of a task that is on it now, however it ended, or when `signal` aborts. */
  async left(id: string, signal: AbortSignal): Promise<void> {
    const before: Job | undefined = await this.#queue.getJob(id);
    while (before !== undefined && !signal.aborted) {
      if (over.has(await this.#queue.getJobState(id))) return;
      const now: Job | undefined = await this.#queue.getJob(id);
      if (now?.timestamp !== before.timestamp) return;
      await pause(leftLookMs, undefined, { signal }).catch(() => undefined);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#announcements.close();
    await this.#queue.close();
    this.#client.disconnect();
  }

  async #add({ kind, id, payload, priority = 0, attempts = defaultAttempts }: Task): Promise<void> {
    const before: Job | undefined = await this.#queue.getJob(id);
    if (before !== undefined && over.has(await before.getState())) await before.remove();
    // Adding an id that is there does nothing: two dispatchers of the same work share its tasks.
    await this.#queue.add(kind, payload, {
      jobId: id,
      attempts,
      priority,
      backoff: { type: "custom" },
      removeOnComplete: { age: keptSeconds },
      removeOnFail: { age: keptSeconds },
    });
  }

  async #endsOf(ids: ReadonlySet<string>): Promise<readonly TaskEnd[]> {
    const ends: TaskEnd[] = [];
    for (const id of ids) {
      const end = await this.#endOf(id);
      if (end !== undefined) ends.push(end);
    }
    return ends;
  }

  async #endOf(id: string): Promise<TaskEnd | undefined> {
    const state = await this.#queue.getJobState(id);
    if (!over.has(state)) return undefined;
    // Read after its state, so that it holds what its end wrote.
    const job: Job | undefined = await this.#queue.getJob(id);
    if (job === undefined) return { id, status: "failed", reason: "it was taken off the queue" };
    return state === "completed" ? { id, status: "done", value: job.returnvalue } : { id, status: "failed", reason: job.failedReason };
  }
}
