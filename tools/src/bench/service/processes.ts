import { readdirSync, readFileSync } from "node:fs";

/** What the system knows of a process and those that it has started. */
export interface Usage {
  /** Resident memory in MiB. */
  readonly memoryMiB: number;
  /** Processor time in seconds, with that of children that have ended. */
  readonly processorSeconds: number;
}

/** Bytes of a page and ticks of a second, as on every Linux that Node runs on. */
const pageMiB = 4096 / 2 ** 20;
const tickSeconds = 0.01;

/** Fields of `/proc/PID/stat` behind the name; undefined when the process has gone. */
function fieldsOf(pid: number): readonly string[] | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "latin1");
    return text.slice(text.lastIndexOf(")") + 2).split(" ");
  } catch {
    return undefined;
  }
}

/** Processes that another one has started, and those that these have. */
export function descendants(root: number): readonly number[] {
  const parents = new Map<number, number>();
  for (const name of readdirSync("/proc")) {
    const pid = Number(name);
    const parent = Number.isInteger(pid) ? fieldsOf(pid)?.[1] : undefined;
    if (parent !== undefined) parents.set(pid, Number(parent));
  }
  const found: number[] = [];
  const visit = (parent: number): void => {
    for (const [pid, of] of parents)
      if (of === parent) {
        found.push(pid);
        visit(pid);
      }
  };
  visit(root);
  return found;
}

/** Memory and processor time of these processes together. */
export function usageOf(pids: readonly number[]): Usage {
  let pages = 0;
  let ticks = 0;
  for (const pid of pids) {
    const fields = fieldsOf(pid);
    if (fields === undefined) continue;
    for (const at of [11, 12, 13, 14]) ticks += Number(fields[at]);
    pages += Number(fields[21]);
  }
  return { memoryMiB: pages * pageMiB, processorSeconds: ticks * tickSeconds };
}

/** Whether a process has ended; one that nobody has asked after yet counts as ended. */
export function isGone(pid: number): boolean {
  const state = fieldsOf(pid)?.[0];
  return state === undefined || state === "Z";
}
