import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Case } from "./cases.js";
import type { Message } from "./child.js";
import type { CaseResult } from "./run-case.js";

export interface BackendResults {
  readonly backend: string;
  readonly description: string;
  readonly results: readonly CaseResult[];
}

/** Runs all cases on a backend in child processes: a case that ends its process has failed, and the next process goes on behind it. */
export async function runAll(folder: string, backend: string, cases: readonly Case[]): Promise<BackendResults> {
  const results: CaseResult[] = [];
  let description = backend;
  while (results.length < cases.length) {
    const before = results.length;
    const end = await runFrom(folder, backend, before, (message) => {
      if ("description" in message) description = message.description;
      else results.push(message.result);
    });
    if (results.length === cases.length) break;
    if (description === backend) throw new Error(`${backend} cannot be started: ${end}`);
    results.push({ name: cases[results.length]!.name, ops: [], outcome: { kind: "failed", reason: `the process ${end}` } });
  }
  return { backend, description, results };
}

/** How the process ended, in words. */
async function runFrom(folder: string, backend: string, first: number, onMessage: (message: Message) => void): Promise<string> {
  const child = fork(fileURLToPath(new URL("./child.js", import.meta.url)), [folder, backend, String(first)], { silent: true });
  let printed = "";
  child.stderr?.on("data", (chunk: Buffer) => (printed = (printed + chunk.toString()).slice(-2000)));
  child.stdout?.resume();
  child.on("message", (message: Message) => {
    onMessage(message);
  });
  return await new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => {
      const error = /^\w*Error: .*$/mu.exec(printed)?.[0] ?? printed.trim().split("\n").at(-1) ?? "";
      resolve(`${signal === null ? `ended with exit code ${String(code)}` : `was ended by ${signal}`}${error === "" ? "" : `: ${error}`}`);
    });
  });
}
