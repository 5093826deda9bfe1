import { ProgressMeter, WorkerPool, type CallOptions } from "leader-restore";
import type { PipelineEvent } from "@leader/core";
import { errors } from "../error-codes.js";
import type { Settings } from "../options.js";
import { Computing } from "../worker/computing.js";
import type { Equipment, PreviewEvent, Questions } from "../worker/protocol.js";
import type { Job } from "./job.js";

/** Milliseconds in which a cancelled restoration must stop by itself; its process is ended otherwise. */
const graceMs = 150;
/** Ceilings of what is asked before a restoration is accepted. */
const clerkLimits = { memoryMiB: 1536, seconds: 15, stallSeconds: 15 } as const;
const clerkQueue = 200;

/** Where restorations are computed: a pool of processes for them, and a process that answers what is asked before. */
export class Runner {
  readonly #pool: WorkerPool<Computing>;
  readonly #clerks: WorkerPool<Computing>;
  readonly #maximum: number;
  readonly #queue: number;
  /** Seconds of a restoration, as a running mean. */
  #pace = 1;

  constructor(settings: Settings, equipment: Equipment) {
    const { minimum, maximum, queue, recycleAfter, seconds, memoryMiB } = settings;
    this.#maximum = maximum;
    this.#queue = queue;
    const end = (computing: Computing): Promise<void> => computing.end();
    const limits = { memoryMiB, seconds };
    this.#pool = new WorkerPool({ minimum, maximum, queue, recycleAfter, end, make: () => new Computing({ equipment, limits, graceMs }) });
    this.#clerks = new WorkerPool({
      minimum: 1,
      maximum: 1,
      queue: clerkQueue,
      recycleAfter: 10_000,
      end,
      make: () => new Computing({ equipment, limits: clerkLimits, graceMs }),
    });
  }

  get running(): number {
    return this.#pool.running;
  }

  get waiting(): number {
    return this.#pool.waiting;
  }

  /** Seconds after which there may be room again. */
  get retrySeconds(): number {
    return Math.min(600, Math.max(1, Math.ceil((this.#pace * (this.#pool.waiting + 1)) / this.#maximum)));
  }

  /** Starts the processes that are always there. */
  async start(): Promise<void> {
    await Promise.all([...this.#pool.free, ...this.#clerks.free].map((computing) => computing.start()));
  }

  /** Errors: `BUSY` if the queue is full. */
  requireRoom(): void {
    if (this.#pool.running >= this.#maximum && this.#pool.waiting >= this.#queue) throw errors.BUSY({ waiting: this.#pool.waiting });
  }

  /** Asks the process that does not restore. Errors: those of the question, `POOL_FULL`. */
  async ask<K extends "inspect" | "convert" | "schema">(method: K, argument: Questions[K][0]): Promise<Questions[K][1]> {
    return await this.#clerks.use((clerk) => clerk.ask(method, argument));
  }

  /** Restores a job when its turn comes; resolves when it is over, however it ended. Errors: `BUSY`, before the job is queued. */
  run(job: Job): Promise<void> {
    this.requireRoom();
    const { restoration } = job;
    if (restoration === undefined) return Promise.resolve();
    const work = async (computing: Computing): Promise<void> => {
      job.begin();
      const begun = performance.now();
      computing.remember(restoration.pipeline);
      job.complete(await computing.ask("restore", restoration, follow(job)));
      this.#pace += ((performance.now() - begun) / 1000 - this.#pace) / 8;
    };
    return this.#pool
      .use(work, { signal: job.signal, prefers: (computing) => computing.holds(restoration.pipeline) })
      .catch((error: unknown) => job.fail(error));
  }

  /** Lets what runs finish and ends the processes. */
  async close(): Promise<void> {
    await Promise.all([this.#pool.close(), this.#clerks.close()]);
  }
}

/** Passes on to a job what its process tells. */
function follow(job: Job): CallOptions {
  const meter = new ProgressMeter();
  return {
    signal: job.signal,
    onEvent: (event) => {
      if ((event as { readonly type?: unknown }).type === "preview") {
        job.tell({ type: "preview", preview: event as PreviewEvent });
        return;
      }
      const progress = meter.see(event as PipelineEvent);
      if (progress !== undefined) job.tell({ type: "progress", progress });
    },
  };
}
