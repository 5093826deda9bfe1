import type { Handlers } from "leader-restore";
import type { Ways } from "../telling/ways.js";
import type { TaskTable } from "./place.js";

/** The tasks of a table where they are computed. */
export type TaskHandlers<T extends TaskTable<T>> = {
  readonly [K in keyof T]: (argument: T[K][0], ways: Ways) => Promise<T[K][1]>;
};

/** The same in the form that a working process serves. */
export function served(tasks: Readonly<Record<string, (argument: never, ways: Ways) => Promise<unknown>>>): Handlers {
  const entries = Object.entries(tasks).map(([name, task]): readonly [string, Handlers[string]] => [
    name,
    (argument, emit, signal, finish) => task(argument, { emit, signal, finish }),
  ]);
  return Object.fromEntries(entries);
}
