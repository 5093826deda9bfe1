/**
 * Loaded before a command by `--import`, to see how its own process does: how much memory it holds at most, and for how long its event loop
 * could not answer. The processes that the command starts load this too, and are left alone.
 */
import { readFileSync, writeFileSync } from "node:fs";

const beatMs = 5;
const { LEADER_WATCHED_PARENT: place, LEADER_WATCHED_FROM: from } = process.env;
if (place !== undefined && process.argv[1]?.endsWith("leader.js") === true) watch(place, from === "output");

/** Milliseconds in which the main thread was ready to run and had no processor: no fault of the program. */
function waitedMs(): number {
  try {
    return Number(readFileSync(`/proc/self/task/${process.pid}/schedstat`, "utf8").split(" ")[1]) / 1e6;
  } catch {
    return 0;
  }
}

/** Milliseconds that the main thread has computed; infinitely many where that is not known. */
function computedMs(): number {
  try {
    return Number(readFileSync(`/proc/self/task/${process.pid}/schedstat`, "utf8").split(" ")[0]) / 1e6;
  } catch {
    return Infinity;
  }
}

/** The most that this program has held; what the process held before it became this program does not count, as it does in `maxRSS`. */
function peakMiB(): number {
  try {
    return Number(/^VmHWM:\s+(\d+)/mu.exec(readFileSync("/proc/self/status", "utf8"))?.[1]) / 1024;
  } catch {
    return process.resourceUsage().maxRSS / 1024;
  }
}

/** @param served what serves is watched from its first word on, by which it says that it is ready */
function watch(path: string, served: boolean): void {
  let [last, waited, computed, blockedMs, busyMs] = [performance.now(), waitedMs(), computedMs(), 0, 0];
  const beat = (): void => {
    // What was waited before and behind the clock is looked at belongs to both intervals: a process may lose its processor in between.
    const [before, now, behind, used] = [waitedMs(), performance.now(), waitedMs(), computedMs()];
    const ready = !served || process.stdout.bytesWritten > 0;
    const blocked = now - last - beatMs - (behind - waited);
    if (ready && blocked > blockedMs) [blockedMs, busyMs] = [blocked, used - computed];
    [last, waited, computed] = [now, before, used];
  };
  setInterval(beat, beatMs).unref();
  process.on("exit", () => {
    beat();
    writeFileSync(path, JSON.stringify({ blockedMs, busyMs, peakMiB: peakMiB() }));
  });
}
