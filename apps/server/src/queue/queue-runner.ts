import { setTimeout as sleep } from "node:timers/promises";
import { isLeaderError } from "@leader/graph";
import type { Dispatcher } from "@leader/queue";
import { errors } from "../error-codes.js";
import { Clerks } from "../jobs/clerks.js";
import { Job } from "../jobs/job.js";
import { Pace } from "../jobs/pace.js";
import { priorities, type Accepted, type Asked, type Priority, type Runner, type Submission } from "../jobs/runner.js";
import type { Settings } from "../options.js";
import type { Storage } from "../storage/storage.js";
import type { Equipment, Questions } from "../worker/protocol.js";
import { ContentIds } from "./content-id.js";
import { restorationAttempts, restorationKind, toldBy } from "./restoration-task.js";
import { errorInText, errorOf, storedError, StoredJob, type StoredEnd, type StoredRequest } from "./stored-job.js";
import { Sweeper } from "./sweeper.js";

/** Milliseconds between two looks at how much the queue holds. */
const loadMs = 1000;

/** What a runner on a queue stands on. */
export interface QueueRunnerOptions {
  readonly settings: Settings;
  readonly equipment: Equipment;
  readonly version: string;
  readonly dispatcher: Dispatcher;
  readonly storage: Storage;
}

/** Leaves restorations to the workers of a queue. They outlive this process: what it began is found again by whoever comes after it. */
export class QueueRunner implements Runner {
  readonly durable = true;
  readonly #dispatcher: Dispatcher;
  readonly #storage: Storage;
  readonly #clerks: Clerks;
  readonly #ids: ContentIds;
  readonly #sweeper: Sweeper;
  readonly #limit: number;
  readonly #closing = new AbortController();
  readonly #pace = new Pace();
  readonly #finding = new Map<string, Promise<Accepted | undefined>>();
  readonly #cancelling = new Map<string, Promise<unknown>>();
  readonly #restarting = new Map<string, Accepted>();
  #load = { waiting: 0, running: 0 };

  constructor({ settings, equipment, version, dispatcher, storage }: QueueRunnerOptions) {
    this.#dispatcher = dispatcher;
    this.#storage = storage;
    this.#limit = settings.queue;
    this.#clerks = new Clerks(equipment);
    this.#ids = new ContentIds(equipment, version);
    this.#sweeper = new Sweeper(storage, settings.keepSeconds);
  }

  get running(): number {
    return this.#load.running;
  }

  get waiting(): number {
    return this.#load.waiting;
  }

  get retrySeconds(): number {
    return this.#pace.retrySeconds(this.waiting, this.running);
  }

  async start(): Promise<void> {
    this.#load = await this.#dispatcher.load();
    void this.#keepLooking();
    await this.#clerks.start();
  }

  get hasRoom(): boolean {
    return this.waiting < this.#limit;
  }

  requireRoom(): void {
    if (!this.hasRoom) throw errors.BUSY({ waiting: this.waiting });
  }

  async ask<K extends Asked>(method: K, argument: Questions[K][0]): Promise<Questions[K][1]> {
    return await this.#clerks.ask(method, argument);
  }

  async accept(submission: Submission, known: (id: string) => Job | undefined): Promise<Accepted> {
    const id = await this.#ids.of(submission);
    const restarting = this.#restarting.get(id);
    if (restarting?.job.isOver === false) return restarting;
    const job = known(id);
    const before = job === undefined ? await this.find(id) : { job, over: undefined };
    if (before !== undefined && (!before.job.isOver || before.job.state === "completed")) return before;
    this.requireRoom();
    const stored = new StoredJob(this.#storage, id);
    const cancelled = before?.job.state === "cancelled";
    // As long as that is known, no worker begins the cancelled one again.
    if (!cancelled) await stored.removeEnd();
    const request = requestOf(submission);
    await stored.writeRequest(request, submission.restoration.picture, submission.files);
    submission.request.release();
    return cancelled ? this.#restarted(id, request, submission.priority) : this.#begun(id, request, submission.priority);
  }

  /** Those who ask at the same time find the same. */
  async find(id: string): Promise<Accepted | undefined> {
    const finding = this.#finding.get(id) ?? this.#found(id).finally(() => this.#finding.delete(id));
    this.#finding.set(id, finding);
    return await finding;
  }

  async forget(job: Job): Promise<void> {
    await new StoredJob(this.#storage, job.id).remove();
  }

  /** What runs and waits stays with the queue. */
  async close(): Promise<void> {
    this.#closing.abort();
    this.#sweeper[Symbol.dispose]();
    await this.#clerks.close();
    await this.#dispatcher[Symbol.asyncDispose]();
  }

  async #found(id: string): Promise<Accepted | undefined> {
    const stored = new StoredJob(this.#storage, id);
    const request = await stored.request();
    if (request === undefined) return undefined;
    const end = await stored.end();
    // Adding it to the queue again joins what is there.
    if (end === undefined) return this.#begun(id, request, "normal");
    const job = jobOf(id, request);
    conclude(job, end, stored);
    return { job, over: undefined };
  }

  #begun(id: string, request: StoredRequest, priority: Priority): Accepted {
    const job = jobOf(id, request);
    return { job, over: this.#run(job, priority) };
  }

  /** Begins what was cancelled anew, once the queue has let the cancelled one go: until then it would be joined. */
  #restarted(id: string, request: StoredRequest, priority: Priority): Accepted {
    const job = jobOf(id, request);
    const over = this.#left(job)
      .catch((error: unknown) => job.fail(error))
      .finally(() => this.#restarting.delete(id))
      .then(() => (job.isOver ? undefined : this.#run(job, priority)));
    const accepted = { job, over };
    this.#restarting.set(id, accepted);
    return accepted;
  }

  async #left(job: Job): Promise<void> {
    const { id } = job;
    await this.#cancelling.get(id);
    await this.#dispatcher.left(id, AbortSignal.any([this.#closing.signal, job.signal]));
    const stored = new StoredJob(this.#storage, id);
    // Another service may have been faster.
    if (!job.isOver && (await stored.end())?.state === "cancelled") await stored.removeEnd();
  }

  /** Resolves when the job is over, or when this process leaves it to others. */
  async #run(job: Job, priority: Priority): Promise<void> {
    const { id } = job;
    const stored = new StoredJob(this.#storage, id);
    job.signal.addEventListener("abort", () => this.#cancel(id, stored), { once: true });
    const task = { kind: restorationKind, id, payload: { id }, priority: 1 + priorities.indexOf(priority), attempts: restorationAttempts };
    const onEvent = (_id: string, event: unknown): void => {
      const told = toldBy(event);
      if (told === "begun") job.begin();
      else if (told !== undefined) job.tell(told);
    };
    try {
      const [end] = await this.#dispatcher.dispatch([task], { signal: this.#closing.signal, onEvent });
      if (job.isOver) return;
      const written = await stored.end();
      if (written !== undefined) conclude(job, written, stored);
      else job.fail(end?.status === "failed" ? errorInText(end.reason) : errors.FAILED({ problem: "its result is not there" }));
      if (job.started !== undefined) this.#pace.see((job.ended! - job.started) / 1000);
      if (written === undefined) await stored.writeEnd(endOf(job)).catch(() => undefined);
    } catch (error) {
      if (!this.#closing.signal.aborted) job.fail(error);
    }
  }

  #cancel(id: string, stored: StoredJob): void {
    const end = stored.writeEnd({ state: "cancelled", ended: Date.now() });
    const call = (): Promise<void> => this.#dispatcher.cancel(id);
    // Once more when it can be read: a worker that took it in between heard nothing of the first call, and found no end.
    const cancelling = Promise.allSettled([call(), end.then(call)]).finally(() => this.#cancelling.delete(id));
    this.#cancelling.set(id, cancelling);
  }

  async #keepLooking(): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      await sleep(loadMs, undefined, { signal, ref: false }).catch(() => undefined);
      this.#load = await this.#dispatcher.load().catch(() => this.#load);
    }
  }
}

/** A request as it is stored. */
function requestOf({ request, restoration, files }: Submission): StoredRequest {
  const { pipeline, picture: _picture, ...options } = restoration;
  const { owner, inspected } = request;
  const { text, params } = pipeline;
  return { ...options, owner, text, params, inspected, created: Date.now(), files: [...files.keys()] };
}

/** The job of a stored request. Nothing of it is held in this process. */
function jobOf(id: string, { owner, text, inspected, uncertainty, created }: StoredRequest): Job {
  return new Job({ owner, text: inspected.composed ?? text, inspected, uncertainty, release: () => undefined }, undefined, { id, created });
}

function conclude(job: Job, end: StoredEnd, stored: StoredJob): void {
  const results = end.state === "completed" ? { bytes: 0, read: () => stored.result(end) } : undefined;
  const error = end.error === undefined ? undefined : errorOf(end.error);
  job.conclude({ state: end.state, started: end.started, ended: end.ended, error, results });
}

function endOf(job: Job): StoredEnd {
  const error = isLeaderError(job.error) ? storedError(job.error) : undefined;
  return {
    state: job.state === "cancelled" ? "cancelled" : "failed",
    ended: job.ended ?? Date.now(),
    ...(job.started === undefined ? {} : { started: job.started }),
    ...(error === undefined ? {} : { error }),
  };
}
