import { leastMemoryMiB } from "leader-restore/supervision";

/** Memory with which a process restores a picture of about a megapixel whole, in MiB; with less it cuts pictures into smaller pieces. */
const comfortableMiB = 1536;

/** What there is for processes side by side. */
export interface Machine {
  readonly processors: number;
  /** Memory that all of them together may plan for. */
  readonly memoryMiB: number;
}

/** How many processes run at one time, and what each may take. */
export interface Share {
  readonly workers: number;
  readonly memoryMiB: number;
}

/**
 * As many processes as there are processors, or fewer, so that the memory that is free serves them all: each by itself would plan for all of it.
 * @param stated what the command line says: processes at one time, memory of each; both are taken as they are
 * @param parts that there are to compute; more processes would have nothing to do
 */
export function shareOf({ processors, memoryMiB }: Machine, parts: number, stated: Partial<Share> = {}): Share {
  const fitting = Math.floor(memoryMiB / (stated.memoryMiB ?? comfortableMiB));
  const workers = stated.workers ?? Math.max(1, Math.min(processors, parts, fitting));
  return { workers, memoryMiB: stated.memoryMiB ?? Math.max(leastMemoryMiB, Math.floor(memoryMiB / Math.min(workers, parts))) };
}
