import { fork } from "node:child_process";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";

/** Bare evaluations of the bundled network. */
export interface RawRuns {
  /** Of each, by the clock. */
  readonly milliseconds: readonly number[];
  /** Of one, on all processors. */
  readonly processorMilliseconds: number;
}

/** Bare evaluations of the bundled network on pictures of size x size, in a process of their own. */
export async function rawRuns(size: number, runs: number, threads = availableParallelism()): Promise<RawRuns> {
  const child = fork(fileURLToPath(new URL("./raw-network.js", import.meta.url)), [String(size), String(runs), String(threads)]);
  return await new Promise((resolve, reject) => {
    child.on("message", (measured: RawRuns) => {
      resolve(measured);
    });
    child.on("error", reject);
    child.on("exit", (code) => {
      if (code !== 0) reject(new Error(`the raw network's process ended with exit code ${String(code)}`));
    });
  });
}

/** Their milliseconds alone. */
export const rawEvaluations = async (size: number, runs: number, threads?: number): Promise<readonly number[]> =>
  (await rawRuns(size, runs, threads)).milliseconds;
