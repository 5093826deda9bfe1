import { readdirSync, readFileSync } from "node:fs";

/** What Linux says about a process. */
const fieldOf = (pid: number, name: string): number | undefined => {
  try {
    const found = new RegExp(`^${name}:\\s+(\\d+)`, "mu").exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
    return found === undefined ? undefined : Number(found);
  } catch {
    return undefined;
  }
};

/** The processes that a command has started; none where the system does not tell. */
export function workingProcesses(parent: number): readonly number[] {
  try {
    return readdirSync("/proc")
      .map(Number)
      .filter((pid) => pid > 0 && fieldOf(pid, "PPid") === parent);
  } catch {
    return [];
  }
}

/** Resident memory of a process in MiB: now (`VmRSS`) or at most (`VmHWM`). Undefined where the system does not tell. */
export function memoryMiB(pid: number, which: "VmRSS" | "VmHWM"): number | undefined {
  const kib = fieldOf(pid, which);
  return kib === undefined ? undefined : kib / 1024;
}

/** How many files a process has open. */
export function openFiles(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}
