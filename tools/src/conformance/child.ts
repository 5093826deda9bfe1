import { makeBackend } from "./backends.js";
import { findCases } from "./cases.js";
import { runCase, type CaseResult } from "./run-case.js";

/** What the process tells its parent: where it computes, then one result after another. */
export type Message = { readonly description: string } | { readonly result: CaseResult };

/** Runs the cases from a number on, in a process that native code may end. */
const [folder = "", name = "", first = "0"] = process.argv.slice(2);
const send = (message: Message): Promise<void> =>
  new Promise((resolve) => {
    process.send!(message, () => {
      resolve();
    });
  });

const cases = await findCases(folder);
const backend = await makeBackend(name);
await send({ description: backend.description });
for (const test of cases.slice(Number(first))) await send({ result: await runCase(test, backend) });
await backend[Symbol.asyncDispose]();
process.exit();
