/**
 * Entry of a worker thread of the computing process. Native code can block its main thread for good; this thread still sees
 * that the parent is gone, and then ends the process, so that none is ever left behind.
 */
import { workerData } from "node:worker_threads";

const parent = Number(workerData);

function parentIsAlive(): boolean {
  // Where a process keeps the number of a dead parent, ask for the parent itself.
  if (process.platform !== "win32") return process.ppid === parent;
  try {
    return process.kill(parent, 0);
  } catch {
    return false;
  }
}

setInterval(() => {
  if (!parentIsAlive()) process.kill(process.pid, "SIGKILL");
}, 500);
