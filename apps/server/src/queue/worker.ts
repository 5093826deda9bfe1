/** `@leader/server/worker`: restores what services put on a queue. */
import { defined, isLeaderError } from "@leader/graph";
import { leaderErrors, WorkerPool } from "leader-restore";
import type * as Queue from "@leader/queue";
import type { TaskContext, TaskWorker } from "@leader/queue";
import { UploadFolder } from "../jobs/upload-folder.js";
import { wasCancelled } from "../jobs/cancellation.js";
import { graceMs } from "../jobs/clerks.js";
import { settingsOf, type ServiceOptions } from "../options.js";
import { openStorage } from "../storage/open-storage.js";
import type { Storage } from "../storage/storage.js";
import { Computing } from "../worker/computing.js";
import { followEvents } from "../worker/follow-events.js";
import type { Restoration } from "../worker/protocol.js";
import { queuePackage } from "./queue-package.js";
import { messageOf, type Message, payloadSchema, restorationKind, restorationQueue } from "./restoration-task.js";
import { storedError, StoredJob, type StoredRequest } from "./stored-job.js";

/** How a worker works. */
export interface RestorationWorkerOptions extends Pick<
  ServiceOptions,
  "plugins" | "bundled" | "files" | "defaults" | "recycleAfter" | "seconds" | "memoryMiB"
> {
  /** Address of the Redis. */
  readonly redis: string;
  /** Folder or `s3://bucket/prefix`, the same as that of the services. */
  readonly storage: string;
  /** Restorations side by side; default 1. */
  readonly concurrency?: number;
  /** Seconds after which a restoration is taken from a worker that shows no sign of life; default 30. */
  readonly lockSeconds?: number;
  /** Told of every restoration that begins and ends. */
  readonly onLine?: (line: string) => void;
}

/** Restores what services put on a queue, each picture in a supervised process; nothing is computed in this one. */
export class RestorationWorker implements AsyncDisposable {
  readonly #storage: Storage;
  readonly #queue: typeof Queue;
  readonly #pool: WorkerPool<Computing>;
  readonly #uploads = new UploadFolder();
  readonly #say: (line: string) => void;
  #tasks: TaskWorker | undefined;
  #leaving = false;

  private constructor(storage: Storage, queue: typeof Queue, options: RestorationWorkerOptions) {
    const { redis: _redis, storage: _storage, concurrency = 1, lockSeconds: _lock, onLine = () => undefined, ...rest } = options;
    const { settings, equipment } = settingsOf(rest);
    const { seconds, memoryMiB, recycleAfter } = settings;
    this.#storage = storage;
    this.#queue = queue;
    this.#say = onLine;
    this.#pool = new WorkerPool({
      minimum: concurrency,
      maximum: concurrency,
      queue: concurrency,
      recycleAfter,
      make: () => new Computing({ equipment, limits: { seconds, memoryMiB }, graceMs }),
      end: (computing) => computing.end(),
    });
  }

  /** Connects and begins to take restorations. Errors: `OPTION`, `QUEUE_MISSING`, `S3_MISSING`, `STORAGE`, those of the queue. */
  static async start(options: RestorationWorkerOptions): Promise<RestorationWorker> {
    const { redis, storage: address, concurrency = 1, lockSeconds = 30 } = options;
    const queue = await queuePackage();
    const worker = new RestorationWorker(await openStorage(address), queue, options);
    try {
      await Promise.all(worker.#pool.free.map((computing) => computing.start()));
      worker.#tasks = await queue.TaskWorker.start(redis, {
        queue: restorationQueue,
        functions: { [restorationKind]: (payload, context) => worker.#restore(payload, context) },
        concurrency,
        lockSeconds,
      });
      return worker;
    } catch (error) {
      await worker.drain();
      throw error;
    }
  }

  /** Takes no more restorations, finishes those that it has, and leaves. Returns whether the queue was told, as a `TaskWorker` does. */
  async drain(): Promise<boolean> {
    const told = (await this.#tasks?.drain()) ?? true;
    await this.#pool.close();
    this.#uploads[Symbol.dispose]();
    return told;
  }

  /** Stops what runs, gives it back, and leaves. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#leaving = true;
    await this.#tasks?.[Symbol.asyncDispose]();
    await this.drain();
  }

  async #restore(payload: unknown, context: TaskContext): Promise<void> {
    const { data } = payloadSchema.safeParse(payload);
    if (data === undefined) throw new this.#queue.TaskRefused("it is no restoration");
    const name = data.id.slice(0, 8);
    const stored = new StoredJob(this.#storage, data.id);
    try {
      const request = await stored.request();
      // Its end is known, or it was forgotten: there is nothing to do.
      if (request === undefined || (await stored.end()) !== undefined) return;
      this.#say(`${name} begins${context.attempt === 0 ? "" : ` (try ${context.attempt + 1})`}`);
      await this.#compute(stored, request, context);
      this.#say(`${name} completed`);
    } catch (error) {
      this.#say(`${name} failed: ${error instanceof Error ? error.message : String(error)}`);
      await this.#fail(stored, error, context);
    }
  }

  async #compute(stored: StoredJob, request: StoredRequest, context: TaskContext): Promise<void> {
    const held: Record<string, string> = {};
    const { signal } = context;
    const tell = (message: Message): void => context.tell(message);
    try {
      for (const name of request.files) held[`upload:${name}`] = await this.#uploads.hold(name, await stored.upload(name));
      const { owner: _owner, created: _created, files: _files, inspected: _inspected, text, params, ...options } = request;
      const pipeline = { text, params, uploads: held };
      const restoration: Restoration = { ...defined(options), pipeline, picture: await stored.picture() };
      const started = Date.now();
      const restored = await this.#pool.use(
        async (computing) => {
          tell({ type: "begun" });
          computing.remember(pipeline);
          return await computing.ask("restore", restoration, { signal, onEvent: followEvents((told) => tell(messageOf(told))) });
        },
        { signal, prefers: (computing) => computing.holds(pipeline) },
      );
      // Cancelled before this process listened, or while it came to its end.
      if (signal.aborted || (await stored.end()) !== undefined) throw leaderErrors.RUN_CANCELLED({ at: "at its end" });
      await stored.writeResult(restored);
      const largest = restored.uncertainty?.largest;
      await stored.writeEnd({ state: "completed", started, ended: Date.now(), ...(largest === undefined ? {} : { largest }) });
    } finally {
      for (const path of Object.values(held)) this.#uploads.release(path);
    }
  }

  /** What another try may mend is thrown as it is, and comes again; of the rest the end is written. */
  async #fail(stored: StoredJob, error: unknown, { signal, last }: TaskContext): Promise<never> {
    const { TaskRefused } = this.#queue;
    if (this.#leaving) throw new this.#queue.TaskReturned();
    // Whoever cancelled it has written its end, or somebody else completed it.
    if (wasCancelled(error, signal)) throw new TaskRefused("cancelled");
    if (!isLeaderError(error)) throw error;
    const failure = storedError(error);
    const reason = JSON.stringify(failure);
    if (error.retryable && !last) throw new Error(reason);
    // Where even this cannot be written, the reason is with the task.
    await stored.writeEnd({ state: "failed", ended: Date.now(), error: failure }).catch(() => undefined);
    throw new TaskRefused(reason);
  }
}
