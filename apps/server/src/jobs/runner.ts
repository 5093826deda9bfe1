import type { Questions, Restoration } from "../worker/protocol.js";
import type { Job, JobRequest } from "./job.js";

/** What is to be restored before others. */
export const priorities = ["high", "normal", "low"] as const;
export type Priority = (typeof priorities)[number];

/** A request that was checked. */
export interface Submission {
  readonly request: JobRequest;
  readonly restoration: Restoration;
  /** What was sent along with the picture, by the names that the pipeline has for it. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  readonly priority: Priority;
}

/** A job, and when it is over; undefined if nothing has to be done for it. */
export interface Accepted {
  readonly job: Job;
  readonly over: Promise<void> | undefined;
}

/** What is asked before a restoration is accepted, and about its result. */
export type Asked = "inspect" | "convert" | "schema";

/** Where restorations are computed: in processes of this service, or by the workers of a queue. */
export interface Runner {
  readonly running: number;
  readonly waiting: number;
  /** Seconds after which there may be room again. */
  readonly retrySeconds: number;
  /** Whether restorations go on, and are found again, when the service ends. */
  readonly durable: boolean;
  /** Starts what is always there. */
  start(): Promise<void>;
  /** Whether one more restoration would be taken. */
  readonly hasRoom: boolean;
  /** Errors: `BUSY` if the queue is full. */
  requireRoom(): void;
  /** Asks the process that does not restore. Errors: those of the question, `POOL_FULL`. */
  ask<K extends Asked>(method: K, argument: Questions[K][0]): Promise<Questions[K][1]>;
  /** Begins a restoration, or finds the one that the same request began before among those that are `known`. Errors: `BUSY`, `STORAGE`. */
  accept(submission: Submission, known: (id: string) => Job | undefined): Promise<Accepted>;
  /** Finds what this process does not know of. Errors: `STORAGE`. */
  find(id: string): Promise<Accepted | undefined>;
  /** Lets a restoration go that is over. Errors: `STORAGE`. */
  forget(job: Job): Promise<void>;
  close(): Promise<void>;
}
