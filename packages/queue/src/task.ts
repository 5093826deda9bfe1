/** One piece of work on a queue. */
export interface Task {
  /** What kind of work it is: a worker has a function for each kind that it takes. */
  readonly kind: string;
  /** Decided by what is to be computed, such as a hash: adding the same work twice makes one task. */
  readonly id: string;
  /** What the worker's function receives: plain JSON. */
  readonly payload: unknown;
  /** 1 is taken first; 0 (default) comes before all others, in order of arrival. */
  readonly priority?: number;
  /** Times that it is tried, where another try may mend its failure; default 10. A worker that died does not count. */
  readonly attempts?: number;
}

/** How a task ended. */
export type TaskEnd =
  | { readonly id: string; readonly status: "done"; readonly value: unknown }
  /** No further try would help, or there were too many. */
  | { readonly id: string; readonly status: "failed"; readonly reason: string };

/** What a worker's function has beside its payload. */
export interface TaskContext {
  readonly id: string;
  /** How often it was begun before, whoever began it. */
  readonly attempt: number;
  /** Whether the task is not tried again if this try fails. */
  readonly last: boolean;
  /** Aborted when whoever asked for the task wants it no more. */
  readonly signal: AbortSignal;
  /** Tells whoever waits for the task now: plain JSON, which is not kept. */
  tell(event: object): void;
}

/** Does a task. What it returns is the task's value; what it throws decides whether the task is tried again. */
export type TaskFunction = (payload: unknown, context: TaskContext) => Promise<unknown>;

/** Thrown by a task's function: trying again cannot help. */
export class TaskRefused extends Error {
  override readonly name = "TaskRefused";
}

/** Thrown by a task's function that was interrupted, such as by the end of its worker: the task goes back and counts as not tried. */
export class TaskReturned extends Error {
  override readonly name = "TaskReturned";
}

/** The queue that is meant where none is named. */
export const defaultQueue = "tasks";

/** Where all of LEADer's keys in Redis begin. */
export const keyPrefix = "leader";

/** The channels of a queue. What is told on them is not kept: whoever does not listen misses it. */
export const channelsOf = (queue: string): { readonly cancel: string; readonly told: string; readonly over: string } => ({
  cancel: `${keyPrefix}:${queue}:cancel`,
  told: `${keyPrefix}:${queue}:told`,
  over: `${keyPrefix}:${queue}:over`,
});
