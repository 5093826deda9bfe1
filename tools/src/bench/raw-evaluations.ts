import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";

/** Milliseconds of bare evaluations of the bundled network on pictures of size x size, in a process of their own. */
export async function rawEvaluations(size: number, runs: number): Promise<readonly number[]> {
  const child = fork(fileURLToPath(new URL("./raw-network.js", import.meta.url)), [String(size), String(runs)]);
  return await new Promise((resolve, reject) => {
    child.on("message", ({ milliseconds }: { readonly milliseconds: readonly number[] }) => {
      resolve(milliseconds);
    });
    child.on("error", reject);
    child.on("exit", (code) => {
      if (code !== 0) reject(new Error(`the raw network's process ended with exit code ${String(code)}`));
    });
  });
}
