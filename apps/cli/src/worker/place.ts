import { SupervisedWorker, type CallOptions, type WorkerOptions } from "leader-restore/supervision";

/** A table of tasks has the argument and the result of each. */
export type TaskTable<T> = { readonly [K in keyof T]: readonly [argument: unknown, result: unknown] };

/** Where the tasks of a table are computed. */
export interface Place<T extends TaskTable<T>> extends AsyncDisposable {
  do<K extends keyof T & string>(task: K, argument: T[K][0], options?: CallOptions): Promise<T[K][1]>;
}

/** A process that can be ended whatever it is doing; its entry serves the tasks of the table. Errors: `LIMIT_INVALID`. */
export function openPlace<T extends TaskTable<T>>(options: WorkerOptions): Place<T> {
  const worker = new SupervisedWorker(options);
  return {
    do: async (task, argument, call) => await worker.call({ method: task, argument }, call),
    [Symbol.asyncDispose]: () => worker[Symbol.asyncDispose](),
  };
}
