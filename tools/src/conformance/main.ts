import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { backendNames } from "./backends.js";
import { findCases } from "./cases.js";
import { byOperation, failuresOf, formatReport, tally } from "./report.js";
import { runAll, type BackendResults } from "./run-all.js";

/**
 * Runs model tests laid out like those of the ONNX project (folders with model.onnx and test_data_set_*) on backends, and prints the
 * pass rate by operation and every failure with its reason. Exit code 1 if a failure is not explained.
 *
 *     npm run conformance -- FOLDER [--backend NAME]... [--json]
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    backend: { type: "string", multiple: true, default: ["reference", "onnx", "tfjs"] },
    json: { type: "boolean", default: false },
  },
});
const unknown = values.backend.find((name) => !backendNames.includes(name));
if (positionals.length !== 1 || unknown !== undefined) {
  process.stderr.write(
    `usage: npm run conformance -- FOLDER [--backend NAME]... [--json]\n${unknown === undefined ? "" : `there is no backend \`${unknown}\`; `}backends are ${backendNames.join(", ")}\n`,
  );
  process.exit(2);
}
// npm starts scripts in the root of the workspace; the path is meant from where the user stands.
const folder = resolve(process.env["INIT_CWD"] ?? ".", positionals[0]!);
const cases = await findCases(folder);
if (cases.length === 0) {
  process.stderr.write(`${folder} holds no folder with a model.onnx\n`);
  process.exit(2);
}
const all: BackendResults[] = [];
for (const backend of values.backend) {
  process.stderr.write(`${backend}: ${cases.length} cases\n`);
  all.push(await runAll(folder, backend, cases));
}
if (values.json) for (const results of all) process.stdout.write(`${JSON.stringify(recordOf(results))}\n`);
else process.stdout.write(`${formatReport(all)}\n`);
if (all.some((results) => failuresOf(results).some(({ explanation }) => explanation === undefined))) process.exitCode = 1;

function recordOf(results: BackendResults): object {
  const { backend, description } = results;
  return {
    type: "conformance",
    backend,
    description,
    cases: results.results.length,
    ...tally(results.results),
    operations: Object.fromEntries(byOperation(results.results)),
    failures: failuresOf(results),
    results: results.results,
  };
}
