import type * as Queue from "@leader/queue";
import { errors } from "../error-codes.js";
import { optionalPackage } from "../optional-package.js";
import { partArguments, partId, type TaskArray, type TaskOutcome } from "./array.js";

/** The kind of tasks that are parts of a command line. */
export const partKind = "part";

/** Settings of computing by the workers of a queue. */
export interface RedisOptions {
  /** Address of the queue. */
  readonly queue: string;
  readonly signal: AbortSignal;
  readonly onEnd: (outcome: TaskOutcome) => void;
}

/** The package of the queue, which is installed by those who want one. Errors: `QUEUE_MISSING`. */
export const queuePackage = (): Promise<typeof Queue> =>
  optionalPackage(
    () => import("@leader/queue"),
    (cause) => errors.QUEUE_MISSING({}, { cause }),
  );

/** Puts the parts on a queue and waits until its workers have done them. Errors: those of the queue. */
export async function runOnQueue(array: TaskArray, { queue, signal, onEnd }: RedisOptions): Promise<readonly TaskOutcome[]> {
  const { Dispatcher } = await queuePackage();
  await using dispatcher = await Dispatcher.open(queue);
  const numbers = Array.from({ length: array.tasks }, (_, i) => i + 1);
  const numberOf = new Map(numbers.map((task) => [partId(array, task), task]));
  const outcomeOf = (end: Queue.TaskEnd): TaskOutcome => {
    const task = numberOf.get(end.id)!;
    return end.status === "done" ? { task, ok: true } : { task, ok: false, reason: end.reason };
  };
  const { directory } = array;
  const tasks = [...numberOf].map(([id, task]) => ({ kind: partKind, id, payload: { args: partArguments(array, task), directory } }));
  const ends = await dispatcher.dispatch(tasks, { signal, onEnd: (end) => onEnd(outcomeOf(end)) });
  return ends.map(outcomeOf);
}
