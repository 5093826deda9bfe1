import { randomUUID } from "node:crypto";
import type { Progress } from "leader-restore";
import { wasCancelled } from "./cancellation.js";
import { Trace } from "./trace.js";
import type { Inspected, PreviewEvent, Restoration, RestoredFiles } from "../worker/protocol.js";

/** How far a restoration is. */
export type JobState = "queued" | "running" | "completed" | "failed" | "cancelled";

/** What happens to a restoration, for those who follow it. */
export type JobEvent =
  | { readonly type: "state"; readonly state: JobState }
  | { readonly type: "progress"; readonly progress: Progress }
  | { readonly type: "preview"; readonly preview: PreviewEvent };

/** The files of a completed restoration, wherever they are. */
export interface Results {
  /** Bytes of them in the memory of this process. */
  readonly bytes: number;
  readonly read: () => Promise<RestoredFiles>;
}

/** Files in the memory of this process. */
export function inMemory(files: RestoredFiles): Results {
  const { picture, uncertainty } = files;
  const bytes = picture.byteLength + (uncertainty?.array.byteLength ?? 0) + (uncertainty?.picture.byteLength ?? 0);
  return { bytes, read: () => Promise.resolve(files) };
}

/** How a job ended, and when. */
export interface JobEnd {
  readonly state: "completed" | "failed" | "cancelled";
  readonly started: number | undefined;
  readonly ended: number;
  readonly error: unknown;
  readonly results: Results | undefined;
}

/** What a job is made of. */
export interface JobRequest {
  readonly inspected: Inspected;
  /** The pipeline as it can be taken along. */
  readonly text: string;
  /** Whose it is: nobody else finds it. */
  readonly owner: string;
  /** Whether a map of uncertainty is kept. */
  readonly uncertainty: boolean;
  /** Lets uploads go. */
  readonly release: () => void;
}

/** One restoration, from its acceptance to the time when its result is forgotten. */
export class Job {
  readonly id: string;
  readonly created: number;
  readonly request: JobRequest;
  started: number | undefined;
  ended: number | undefined;
  progress: Progress | undefined;
  /** The steps so far. */
  readonly trace = new Trace();
  preview: PreviewEvent | undefined;
  results: Results | undefined;
  error: unknown;
  /** What is to be computed, where it is held in this process; let go when the job is over. */
  restoration: Restoration | undefined;
  #state: JobState = "queued";
  #bytes: number;
  readonly #stop = new AbortController();
  readonly #followers = new Set<(event: JobEvent) => void>();

  /** @param identity of a job that others know; a new one by default */
  constructor(
    request: JobRequest,
    restoration: Restoration | undefined,
    { id, created }: { readonly id: string; readonly created: number } = { id: randomUUID(), created: Date.now() },
  ) {
    this.id = id;
    this.created = created;
    this.request = request;
    this.restoration = restoration;
    this.#bytes = restoration?.picture.byteLength ?? 0;
  }

  get state(): JobState {
    return this.#state;
  }

  get isOver(): boolean {
    return this.#state !== "queued" && this.#state !== "running";
  }

  /** Bytes that are kept for this job: the picture until it is restored, then the result. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Aborted by `cancel`. */
  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  /** Calls `follower` for what happens from now on; returns how to stop that. */
  follow(follower: (event: JobEvent) => void): () => void {
    this.#followers.add(follower);
    return () => void this.#followers.delete(follower);
  }

  begin(): void {
    if (this.isOver || this.#state === "running") return;
    this.started = Date.now();
    this.#turn("running");
  }

  tell(event: Exclude<JobEvent, { readonly type: "state" }>): void {
    if (this.isOver) return;
    if (event.type === "progress") {
      this.progress = event.progress;
      this.trace.see(event.progress);
    } else this.preview = event.preview;
    this.#give(event);
  }

  complete(results: Results): void {
    if (this.isOver) return;
    this.results = results;
    this.#end("completed", results.bytes, Date.now());
  }

  /** Takes over how it ended elsewhere. */
  conclude({ state, started, ended, error, results }: JobEnd): void {
    if (this.isOver) return;
    this.started = started ?? this.started;
    this.error = error;
    this.results = results;
    this.#end(state, results?.bytes ?? 0, ended);
  }

  fail(error: unknown): void {
    if (this.isOver) return;
    this.error = error;
    this.#end(wasCancelled(error, this.signal) ? "cancelled" : "failed", 0, Date.now());
  }

  /** Stops the restoration, whether it waits or runs. */
  cancel(): void {
    if (this.isOver) return;
    this.#stop.abort();
    this.#end("cancelled", 0, Date.now());
  }

  #end(state: JobState, bytes: number, ended: number): void {
    this.ended = ended;
    this.#bytes = bytes;
    this.preview = undefined;
    this.restoration = undefined;
    this.request.release();
    this.#turn(state);
    this.#followers.clear();
  }

  #turn(state: JobState): void {
    this.#state = state;
    this.#give({ type: "state", state });
  }

  #give(event: JobEvent): void {
    for (const follower of this.#followers) follower(event);
  }
}
