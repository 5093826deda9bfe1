import type { LeaderError } from "@leader/graph";
import { errors } from "../../error-codes.js";
import type { ComputingProcess, Ended } from "./child-process.js";
import { latestLook, residentMiB, soonestLook, untilNextLook } from "./memory.js";
import { ProcessorQueue } from "../processor-queue.js";
import type { ProgressWatch } from "./progress-watch.js";

/** Signals by which native code fails. */
const nativeFailures: readonly NodeJS.Signals[] = ["SIGABRT", "SIGSEGV", "SIGBUS", "SIGILL", "SIGFPE", "SIGTRAP"];

/** What may end a process before it answers. */
export interface Watch {
  readonly signals: readonly AbortSignal[];
  readonly memoryMiB: number;
  /** By the clock, as people mean it. */
  readonly seconds?: number;
  /** Of its own: time in which it waited for a processor does not count. */
  readonly ownSeconds?: number;
  readonly progress: ProgressWatch;
  /** Asks the process to stop by itself, between two steps, where it can; it is killed if it does not within `graceMs`. */
  ask?(): { readonly graceMs: number } | undefined;
  /** What the process was last known to do. */
  readonly last: () => string;
  /** The plugin that it was importing then. */
  readonly loading?: () => string | undefined;
}

/** What came of an answer that was waited for, and whether the process still lives. */
export interface Supervised<T> {
  readonly value: { readonly result: T } | { readonly error: unknown };
  readonly alive: boolean;
}

/**
 * Waits for an answer of the computing process. A ceiling or the end of the process come first where they do; the process is then killed,
 * and nobody waits for it to notice: native code may not look up for minutes. A cancelled one is asked first and has a short time to stop.
 */
export async function supervise<T>(child: ComputingProcess, answer: Promise<T>, watch: Watch): Promise<Supervised<T>> {
  const stop = new AbortController();
  const settled = answer.then(
    (result): Supervised<T> => ({ value: { result }, alive: true }),
    (error: unknown): Supervised<T> => ({ value: { error }, alive: true }),
  );
  const ended = child.ended.then((how) => crashed(child, how, watch));
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
      if (done.aborted) return;
      child.kill();
      resolve(error);
    };
    let grace: NodeJS.Timeout | undefined;
    const cancel = (): void => {
      const kill = (): void => end(errors.RUN_CANCELLED({ at: `(${watch.last()})` }));
      const asked = grace === undefined ? watch.ask?.() : undefined;
      if (asked === undefined) kill();
      else grace = setTimeout(kill, asked.graceMs);
    };
    if (watch.signals.some((signal) => signal.aborted)) cancel();
    for (const signal of watch.signals) signal.addEventListener("abort", cancel, { once: true, signal: done });
    const tick = stopwatch(child.pid === undefined ? undefined : new ProcessorQueue(child.pid));
    const look = async (): Promise<void> => {
      const found = await exceeded(child, watch, tick());
      if (done.aborted) return;
      if ("error" in found) end(found.error);
      else clock = setTimeout(() => void look(), found.nextLook);
    };
    let clock = setTimeout(() => void look(), soonestLook);
    done.addEventListener("abort", () => {
      clearTimeout(grace);
      clearTimeout(clock);
    });
  });
}

/** Time that has passed. */
interface Passed {
  /** Seconds by the clock. */
  readonly total: number;
  /** Those of them that could be used: a stopped process has not been waiting for the other, nor does the other compute without a processor. */
  readonly own: number;
  /** The same since the last look; below 0 where a wait is found out later. */
  readonly since: number;
}

/** Milliseconds between two looks; what is longer, the machine or this process slept. */
const longestGap = 5 * latestLook;
/** Milliseconds between two looks at how long the process stood in line. */
const queueLookMs = 1000;

function stopwatch(queue: ProcessorQueue | undefined): () => Passed {
  const start = performance.now();
  let [last, looked, own] = [start, start, 0];
  return () => {
    const now = performance.now();
    let since = Math.min(now - last, longestGap) / 1000;
    last = now;
    if (queue !== undefined && now - looked >= queueLookMs) {
      since -= Math.min(queue.waited(), (now - looked) / 1000);
      looked = now;
    }
    own = Math.max(0, own + since);
    return { total: (now - start) / 1000, own, since };
  };
}

/** The ceiling that is exceeded, or milliseconds to the next look. Comparing clocks knows no longest time, unlike a timer. */
async function exceeded(
  child: ComputingProcess,
  { seconds = Infinity, ownSeconds = Infinity, memoryMiB, progress, ...doing }: Watch,
  passed: Passed,
): Promise<{ readonly error: LeaderError } | { readonly nextLook: number }> {
  const told = (): { readonly last: string; readonly loading: string | undefined } => ({ last: doing.last(), loading: doing.loading?.() });
  if (passed.total > seconds) return { error: errors.TIME_LIMIT({ seconds, ...told() }) };
  if (passed.own > ownSeconds) return { error: errors.TIME_LIMIT({ seconds: ownSeconds, ...told() }) };
  const silent = progress.pass(passed.since);
  if (silent !== undefined) return { error: errors.TIME_STALLED({ seconds: Math.round(silent), ...told() }) };
  const used = child.pid === undefined ? 0 : ((await residentMiB(child.pid)) ?? 0);
  if (used > memoryMiB) return { error: errors.MEMORY_LIMIT({ usedMiB: Math.round(used), limitMiB: memoryMiB, ...told() }) };
  const untilLate = 1000 * Math.min(seconds - passed.total, ownSeconds - passed.own);
  return { nextLook: Math.max(1, Math.min(untilLate, untilNextLook(used, memoryMiB))) };
}

function crashed(child: ComputingProcess, { code, signal }: Ended, { last, loading }: Watch): LeaderError {
  const how =
    signal !== null ? `was ended by ${signal}` : code !== null ? `ended by itself with exit code ${code}` : "could not be started";
  // Node reports a native abort on some systems as the shell does: 128 + the number of the signal.
  const native = (signal !== null && nativeFailures.includes(signal)) || code === 134 || code === 139;
  return errors.CHILD_CRASHED({ how, last: last(), loading: loading?.(), output: child.lastWords, native });
}
