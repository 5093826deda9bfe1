import { randomUUID } from "node:crypto";
import { isLeaderError } from "@leader/graph";
import type { Progress } from "leader-restore";
import type { Inspected, PreviewEvent, Restoration, RestorationReport, RestoredFiles } from "../worker/protocol.js";

/** How far a restoration is. */
export type JobState = "queued" | "running" | "completed" | "failed" | "cancelled";

/** What happens to a restoration, for those who follow it. */
export type JobEvent =
  | { readonly type: "state"; readonly state: JobState }
  | { readonly type: "progress"; readonly progress: Progress }
  | { readonly type: "preview"; readonly preview: PreviewEvent };

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
  readonly id: string = randomUUID();
  readonly created: number = Date.now();
  readonly request: JobRequest;
  started: number | undefined;
  ended: number | undefined;
  progress: Progress | undefined;
  preview: PreviewEvent | undefined;
  files: RestoredFiles | undefined;
  error: unknown;
  /** What is to be computed; let go when the job is over. */
  restoration: Restoration | undefined;
  #state: JobState = "queued";
  #bytes: number;
  readonly #stop = new AbortController();
  readonly #followers = new Set<(event: JobEvent) => void>();

  constructor(request: JobRequest, restoration: Restoration) {
    this.request = request;
    this.restoration = restoration;
    this.#bytes = restoration.picture.byteLength;
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

  get report(): RestorationReport | undefined {
    return this.files?.report;
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
    if (this.isOver) return;
    this.started = Date.now();
    this.#turn("running");
  }

  tell(event: Exclude<JobEvent, { readonly type: "state" }>): void {
    if (this.isOver) return;
    if (event.type === "progress") this.progress = event.progress;
    else this.preview = event.preview;
    this.#give(event);
  }

  complete(files: RestoredFiles): void {
    if (this.isOver) return;
    this.files = files;
    this.#end(
      "completed",
      files.picture.byteLength + (files.uncertainty?.array.byteLength ?? 0) + (files.uncertainty?.picture.byteLength ?? 0),
    );
  }

  fail(error: unknown): void {
    if (this.isOver) return;
    this.error = error;
    const cancelled = this.signal.aborted || (isLeaderError(error) && error.code === "LEADER_RUN_CANCELLED");
    this.#end(cancelled ? "cancelled" : "failed", 0);
  }

  /** Stops the restoration, whether it waits or runs. */
  cancel(): void {
    if (this.isOver) return;
    this.#stop.abort();
    this.#end("cancelled", 0);
  }

  #end(state: JobState, bytes: number): void {
    this.ended = Date.now();
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
