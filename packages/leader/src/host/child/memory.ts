import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { totalmem } from "node:os";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Milliseconds between two looks: reading /proc is cheap, starting `ps` is not. */
export const memoryPollMs = process.platform === "linux" ? 50 : 1000;

/** Resident memory of a process in MiB, or undefined where it cannot be told (the process is gone, or the system has no `ps`). */
export async function residentMiB(pid: number): Promise<number | undefined> {
  try {
    const kib =
      process.platform === "linux"
        ? /^VmRSS:\s+(\d+) kB/mu.exec(await readFile(`/proc/${pid}/status`, "utf8"))?.[1]
        : (await run("ps", ["-o", "rss=", "-p", String(pid)])).stdout.trim();
    return kib === undefined || kib === "" ? undefined : Number(kib) / 1024;
  } catch {
    return undefined;
  }
}

/** 90 % of what the machine has, or the container where it has less. */
export function defaultMemoryMiB(): number {
  const constrained = process.constrainedMemory();
  const available = constrained > 0 && constrained < totalmem() ? constrained : totalmem();
  return Math.floor((0.9 * available) / 2 ** 20);
}
