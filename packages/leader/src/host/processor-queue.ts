import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

/** Nanoseconds that each thread of a process has stood in line for a processor so far; none where the system does not tell. */
function waits(pid: number): ReadonlyMap<string, number> {
  try {
    const threads = `/proc/${pid}/task`;
    return new Map(
      readdirSync(threads).map((thread) => [thread, Number(readFileSync(`${threads}/${thread}/schedstat`, "utf8").split(" ")[1])]),
    );
  } catch {
    return new Map();
  }
}

/**
 * How long a process had to wait for a processor. On a crowded machine a healthy process may take many times as long as alone; what is
 * ended because it makes no progress is judged by the time that it could have used (Linux; elsewhere all time counts).
 */
export class ProcessorQueue {
  readonly #pid: number;
  #known: ReadonlyMap<string, number>;

  constructor(pid: number) {
    this.#pid = pid;
    this.#known = waits(pid);
  }

  /** Seconds since the last look in which the thread that waited longest was ready to run and had no processor. */
  waited(): number {
    const now = waits(this.#pid);
    let most = 0;
    for (const [thread, total] of now) most = Math.max(most, total - (this.#known.get(thread) ?? 0));
    this.#known = now;
    return most / 1e9;
  }
}

/** Resolves when this process has had so many seconds, not counting those in which it waited for a processor; never once it is aborted. */
export async function ownSeconds(seconds: number, signal: AbortSignal): Promise<void> {
  const queue = new ProcessorQueue(process.pid);
  for (let left = seconds; left > 0.01;) {
    const slept = left;
    await sleep(1000 * slept, undefined, { signal });
    left = Math.min(slept, queue.waited());
  }
}
