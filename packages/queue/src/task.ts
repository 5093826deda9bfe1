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
  /** Aborted when whoever asked for the task wants it no more. */
  readonly signal: AbortSignal;
  /** Tells whoever waits for the task: plain JSON. */
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

/** The name of the queue in Redis, where all of LEADer's keys begin. */
export const queueName = "tasks";
export const keyPrefix = "leader";

/** The channel on which cancelled tasks are announced. */
export const cancelChannel = `${keyPrefix}:cancel`;
