import { parseArgs } from "node:util";
import { lists } from "./lists/index.js";
import { numbersIn } from "./numbers-in.js";
import type { Outcome, RunnableList, Size } from "./torture-list.js";

/**
 * `npm run torture -- [list...] [--seed n] [--size quick|full] [--cases 1,5-8] [--json]`: tries hostile inputs, and counts what became of
 * them. `--cases` takes known cases of a list by their numbers, so that one of hours can be run part by part.
 */
async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      seed: { type: "string", default: "0" },
      size: { type: "string", default: "quick" },
      cases: { type: "string" },
      json: { type: "boolean" },
    },
  });
  const names = positionals.length > 0 ? positionals : Object.keys(lists);
  const unknown = names.filter((name) => !Object.hasOwn(lists, name));
  const seed = Number(values.seed);
  const numbers = values.cases === undefined ? undefined : numbersIn(values.cases);
  if (unknown.length > 0 || !Number.isSafeInteger(seed) || !isSize(values.size) || numbers?.length === 0) {
    const options = "--seed takes a whole number, --size quick or full, --cases numbers such as 1,5-8";
    process.stderr.write(`lists are ${Object.keys(lists).join(", ")}; ${options}\n`);
    return 2;
  }
  let failed = 0;
  for (const name of names) {
    const list = await lists[name]!();
    const outcome = await list.run({ seed, size: values.size, ...(numbers === undefined ? {} : { numbers }) });
    if (outcome.failure !== undefined) failed++;
    process.stdout.write(`${values.json === true ? JSON.stringify(outcome) : lineOf(list, outcome)}\n`);
  }
  return failed === 0 ? 0 : 1;
}

const isSize = (text: string): text is Size => text === "quick" || text === "full";

function lineOf({ promise }: RunnableList, { name, cases, counts, failure }: Outcome): string {
  const became = Object.entries(counts)
    .sort()
    .map(([what, count]) => `${count} ${what}`)
    .join(", ");
  const head = `${failure === undefined ? "holds " : "FAILS "} ${name.padEnd(12)} ${cases} cases: ${became}\n        ${promise}`;
  return failure === undefined ? head : `${head}\n${failure}`;
}

process.exitCode = await main();
