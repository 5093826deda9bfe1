import { partArguments, type TaskArray, type TaskOutcome } from "./array.js";
import { attempt, type AttemptEnd } from "./attempt.js";

/** Times that a part is tried. */
const attempts = 3;

/** Settings of processes side by side on this machine. */
export interface LocalOptions {
  readonly workers: number;
  readonly signal: AbortSignal;
  readonly onLine: (task: number, line: string) => void;
  readonly onEnd: (outcome: TaskOutcome) => void;
}

/** Computes the parts in `workers` processes side by side. Returns early, with fewer outcomes, when `signal` aborts. */
export async function runLocally(array: TaskArray, { workers, signal, onLine, onEnd }: LocalOptions): Promise<readonly TaskOutcome[]> {
  const outcomes: TaskOutcome[] = [];
  let next = 1;
  const work = async (): Promise<void> => {
    while (next <= array.tasks && !signal.aborted) {
      const task = next++;
      const end = await tryTask(array, task, signal, (line) => onLine(task, line));
      if (end.kind === "returned") return;
      const outcome: TaskOutcome = end.kind === "done" ? { task, ok: true } : { task, ok: false, reason: end.reason };
      outcomes.push(outcome);
      onEnd(outcome);
    }
  };
  await Promise.all(Array.from({ length: Math.min(workers, array.tasks) }, work));
  return outcomes.sort((a, b) => a.task - b.task);
}

async function tryTask(array: TaskArray, task: number, signal: AbortSignal, onLine: (line: string) => void): Promise<AttemptEnd> {
  for (let i = 1; ; i++) {
    const end = await attempt(partArguments(array, task), { directory: array.directory, signal, onLine });
    if (end.kind !== "again" || i === attempts) return end;
  }
}
