import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Milliseconds between two looks: reading /proc is cheap, starting `ps` is not. */
export const memoryPollMs = process.platform === "linux" ? 20 : 1000;

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
