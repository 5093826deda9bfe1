import { existsSync } from "node:fs";
import { ComputingProcess } from "./child-process.js";

/** Processes that nobody has asked anything yet, by their entry. */
const waiting = new Map<string, ComputingProcess>();

/**
 * Starts a process that the first `SupervisedWorker` of the same entry takes over, so that it loads what it needs while this process finds
 * out what to ask. It keeps nobody waiting: if nothing is asked, it ends with this process. Errors: none; a process that cannot be started
 * is tried again, and reported, by whoever needs it.
 *
 * @param entry module that calls `serve`
 */
export function startAhead(entry: string): void {
  if (waiting.has(entry) || !existsSync(entry)) return;
  try {
    const child = new ComputingProcess(entry);
    child.hold(false);
    waiting.set(entry, child);
    process.once("exit", () => waiting.get(entry)?.kill());
  } catch {
    // Whoever needs the process learns why there is none.
  }
}

/** The process that was started ahead for an entry, if it lives and nobody has taken it. */
export function takeAhead(entry: string): ComputingProcess | undefined {
  const child = waiting.get(entry);
  waiting.delete(entry);
  return child?.over === true ? undefined : child;
}
