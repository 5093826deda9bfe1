import type { LeaderError } from "@leader/graph";
import { errors } from "../../error-codes.js";
import type { ComputingProcess, Ended } from "./child-process.js";
import { memoryPollMs, residentMiB } from "./memory.js";

/** Signals by which native code fails. */
const nativeFailures: readonly NodeJS.Signals[] = ["SIGABRT", "SIGSEGV", "SIGBUS", "SIGILL", "SIGFPE", "SIGTRAP"];

/** What may end a process before it answers. */
export interface Watch {
  readonly signals: readonly AbortSignal[];
  /** The session is being closed: nothing is asked any more. */
  readonly closing: AbortSignal;
  readonly memoryMiB: number;
  readonly seconds?: number;
  /** Asks the process to stop by itself, between two steps; it is killed only if it does not within `graceMs`. */
  readonly ask?: { readonly cancel: () => void; readonly graceMs: number };
  /** What the process was last known to do. */
  last(): string;
}

/** What came of an answer that was waited for, and whether the process still lives. */
export interface Supervised<T> {
  readonly value: { readonly result: T } | { readonly error: unknown };
  readonly alive: boolean;
}

/**
 * Waits for an answer of the computing process. Cancellation, a ceiling or the end of the process come first where they do;
 * the process is then killed, and nobody waits for it to notice: native code may not look up for minutes.
 */
export async function supervise<T>(child: ComputingProcess, answer: Promise<T>, watch: Watch): Promise<Supervised<T>> {
  const stop = new AbortController();
  const settled = answer.then(
    (result): Supervised<T> => ({ value: { result }, alive: true }),
    (error: unknown): Supervised<T> => ({ value: { error }, alive: true }),
  );
  const ended = child.ended.then((how) => crashed(child, how, watch.last()));
  const violated = violation(child, watch, stop.signal);
  try {
    return await Promise.race([
      settled,
      ...[ended, violated].map(async (error): Promise<Supervised<T>> => ({ value: { error: await error }, alive: false })),
    ]);
  } finally {
    stop.abort();
  }
}

/** Resolves to the error of the first ceiling or cancellation, after killing the process. */
function violation(child: ComputingProcess, watch: Watch, done: AbortSignal): Promise<LeaderError> {
  return new Promise((resolve) => {
    const end = (error: LeaderError): void => {
      child.kill();
      resolve(error);
    };
    let grace: NodeJS.Timeout | undefined;
    const cancel = (): void => {
      const kill = (): void => end(errors.RUN_CANCELLED({ at: `(${watch.last()})` }));
      if (watch.ask === undefined || watch.closing.aborted) {
        kill();
        return;
      }
      watch.ask.cancel();
      grace ??= setTimeout(kill, watch.ask.graceMs);
    };
    if (watch.signals.some((signal) => signal.aborted)) cancel();
    for (const signal of watch.signals) signal.addEventListener("abort", cancel, { once: true, signal: done });
    const { seconds, memoryMiB } = watch;
    const clock =
      seconds === undefined ? undefined : setTimeout(() => end(errors.TIME_LIMIT({ seconds, last: watch.last() })), 1000 * seconds);
    const poll = setInterval(() => {
      void (child.pid === undefined ? undefined : residentMiB(child.pid))?.then((used) => {
        if (used !== undefined && used > memoryMiB && !done.aborted)
          end(errors.MEMORY_LIMIT({ usedMiB: Math.round(used), limitMiB: memoryMiB, last: watch.last() }));
      });
    }, memoryPollMs);
    done.addEventListener("abort", () => {
      clearTimeout(clock);
      clearTimeout(grace);
      clearInterval(poll);
    });
  });
}

function crashed(child: ComputingProcess, { code, signal }: Ended, last: string): LeaderError {
  const how =
    signal !== null ? `was ended by ${signal}` : code !== null ? `ended by itself with exit code ${code}` : "could not be started";
  // Node reports a native abort on some systems as the shell does: 128 + the number of the signal.
  const native = (signal !== null && nativeFailures.includes(signal)) || code === 134 || code === 139;
  return errors.CHILD_CRASHED({ how, last, output: child.lastWords, native });
}
