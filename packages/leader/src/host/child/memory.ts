import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Milliseconds between two looks: reading /proc is cheap, starting `ps` is not. */
export const soonestLook = process.platform === "linux" ? 20 : 1000;
export const latestLook = process.platform === "linux" ? 200 : 1000;

/** MiB that a process takes in a millisecond at most: the system has to clear every page first. */
const fastestGrowth = 4;

/** Milliseconds to the next look at a process of so many MiB: sooner the nearer it is to its ceiling. */
export const untilNextLook = (usedMiB: number, ceilingMiB: number): number =>
  Math.max(soonestLook, Math.min(latestLook, (ceilingMiB - usedMiB) / fastestGrowth));

/** Resident memory of a process in MiB, or undefined where it cannot be told (the process is gone, or the system has no `ps`). */
export async function residentMiB(pid: number): Promise<number | undefined> {
  try {
    const kib =
      process.platform === "linux"
        ? /^VmRSS:\s+(\d+) kB/mu.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]
        : (await run("ps", ["-o", "rss=", "-p", String(pid)])).stdout.trim();
    return kib === undefined || kib === "" ? undefined : Number(kib) / 1024;
  } catch {
    return undefined;
  }
}
