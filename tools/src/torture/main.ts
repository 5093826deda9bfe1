import { parseArgs } from "node:util";
import { lists } from "./lists/index.js";
import type { Outcome, RunnableList, Size } from "./torture-list.js";

/** `npm run torture -- [list...] [--seed n] [--size quick|full] [--json]`: tries hostile inputs, and counts what became of them. */
async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { seed: { type: "string", default: "0" }, size: { type: "string", default: "quick" }, json: { type: "boolean" } },
  });
  const names = positionals.length > 0 ? positionals : Object.keys(lists);
  const unknown = names.filter((name) => !Object.hasOwn(lists, name));
  const seed = Number(values.seed);
  if (unknown.length > 0 || !Number.isSafeInteger(seed) || !isSize(values.size)) {
    process.stderr.write(`lists are ${Object.keys(lists).join(", ")}; --seed takes a whole number, --size quick or full\n`);
    return 2;
  }
  let failed = 0;
  for (const name of names) {
    const list = await lists[name]!();
    const outcome = await list.run(seed, values.size);
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
