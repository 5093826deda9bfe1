import { setTimeout as pause } from "node:timers/promises";
import { UnrecoverableError, WaitingError, Worker, type Job } from "bullmq";
import type { Redis } from "ioredis";
import { connect, quietly } from "./address.js";
import { errors } from "./error-codes.js";
import { channelsOf, defaultQueue, keyPrefix, TaskRefused, TaskReturned, type TaskFunction } from "./task.js";

/** The longest pause before a task is tried again, in milliseconds. */
const longestPauseMs = 60_000;
/** A task may lose its worker so often: machines die, and a task that kills each worker must end at some time. */
const mostLostWorkers = 50;
/** Milliseconds for which a worker that is to leave waits for a queue that has gone, and between two looks. */
const patienceMs = { most: 3000, look: 100 } as const;

/** How a worker works. */
export interface WorkerOptions {
  /** What it does for each kind of task. */
  readonly functions: Readonly<Record<string, TaskFunction>>;
  /** Name of the queue; default `tasks`. */
  readonly queue?: string;
  /** Tasks side by side; default 1. */
  readonly concurrency?: number;
  /** Seconds after which a task is taken from a worker that shows no sign of life; default 30. */
  readonly lockSeconds?: number;
}

/** Takes tasks from a queue until it is closed. */
export class TaskWorker implements AsyncDisposable {
  readonly #client: Redis;
  readonly #subscriber: Redis;
  readonly #worker: Worker;
  readonly #functions: WorkerOptions["functions"];
  readonly #running = new Map<string, AbortController>();
  #drained: Promise<boolean> | undefined;

  readonly #channels: ReturnType<typeof channelsOf>;

  private constructor(
    client: Redis,
    subscriber: Redis,
    { functions, concurrency = 1, lockSeconds = 30, queue = defaultQueue }: WorkerOptions,
  ) {
    this.#client = client;
    this.#subscriber = subscriber;
    this.#functions = functions;
    this.#channels = channelsOf(queue);
    this.#worker = new Worker(queue, (job, token) => this.#do(job, token), {
      connection: client,
      prefix: keyPrefix,
      concurrency,
      lockDuration: 1000 * lockSeconds,
      stalledInterval: 1000 * lockSeconds,
      maxStalledCount: mostLostWorkers,
      settings: { backoffStrategy: (attempt) => Math.min(1000 * 2 ** attempt, longestPauseMs) },
    });
    // A lost connection comes back by itself; a task whose lock was lost meanwhile is tried again by whoever has it.
    this.#worker.on("error", () => undefined);
    for (const end of ["completed", "failed"] as const)
      this.#worker.on(end, (job: Job | undefined) => void this.#announce(this.#channels.over, job?.id ?? ""));
    subscriber.on("message", (_channel, id) => this.#running.get(id)?.abort());
  }

  /** Connects and begins to take tasks. Errors: `OPTION`, `ADDRESS`, `UNREACHABLE`, `EVICTS`. */
  static async start(address: string, options: WorkerOptions): Promise<TaskWorker> {
    requirePositive("concurrency", options.concurrency);
    requirePositive("lockSeconds", options.lockSeconds);
    const client = await connect(address);
    const subscriber = quietly(client.duplicate());
    await subscriber.subscribe(channelsOf(options.queue ?? defaultQueue).cancel);
    return new TaskWorker(client, subscriber, options);
  }

  /** Tasks that are being worked on. */
  get running(): number {
    return this.#running.size;
  }

  /**
   * Takes no more tasks, waits for those that it has, and leaves. Returns whether the queue was told: one that has gone is waited for only
   * as long as tasks run, and a few seconds more; what could not be told is done again by others.
   */
  async drain(): Promise<boolean> {
    return await (this.#drained ??= this.#leave());
  }

  async #leave(): Promise<boolean> {
    const over = new AbortController();
    const told = this.#worker.close().then(() => true);
    try {
      return await Promise.race([told, this.#deserted(over.signal)]);
    } finally {
      over.abort();
      this.#subscriber.disconnect();
      this.#client.disconnect();
    }
  }

  /** Resolves when nothing runs and the queue has not been there for a while. */
  async #deserted(over: AbortSignal): Promise<false> {
    for (let goneMs = 0; goneMs < patienceMs.most && !over.aborted;) {
      await pause(patienceMs.look);
      goneMs = this.#running.size > 0 || this.#client.status === "ready" ? 0 : goneMs + patienceMs.look;
    }
    return false;
  }

  /** Stops what runs, gives it back, and leaves. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const controller of this.#running.values()) controller.abort();
    await this.drain();
  }

  /** What cannot be announced is found out by looking. */
  async #announce(channel: string, text: string): Promise<void> {
    await this.#client.publish(channel, text).catch(() => undefined);
  }

  async #do(job: Job, token: string | undefined): Promise<unknown> {
    const id = job.id!;
    const controller = new AbortController();
    this.#running.set(id, controller);
    try {
      const work = Object.hasOwn(this.#functions, job.name) ? this.#functions[job.name] : undefined;
      if (work === undefined) throw new TaskRefused(`this worker knows no task of the kind \`${job.name}\``);
      const tell = (event: object): void => void this.#announce(this.#channels.told, JSON.stringify({ id, event }));
      const context = { id, attempt: job.attemptsStarted - 1, last: job.attemptsMade + 1 >= (job.opts.attempts ?? 1), tell };
      // What is told of its end waits for the queue; the task itself is over.
      return await work(job.data, { ...context, signal: controller.signal }).finally(() => this.#running.delete(id));
    } catch (error) {
      if (error instanceof TaskReturned) {
        await job.moveToWait(token);
        throw new WaitingError();
      }
      if (error instanceof TaskRefused) throw new UnrecoverableError(error.message);
      throw error;
    } finally {
      this.#running.delete(id);
    }
  }
}

function requirePositive(name: string, value: number | undefined): void {
  if (value !== undefined && !(value > 0 && Number.isFinite(value)))
    throw errors.OPTION({ name, expected: "a number greater than 0", received: String(value) });
}
