import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { backendNames } from "../conformance/backends.js";
import type { BackendRun } from "./backend-runs.js";
import { median } from "./statistics.js";

/**
 * The backends beside onnxruntime on the processor: one evaluation of the embedded network, and a whole restoration. Each in child
 * processes of their own, in alternation; ratios are taken within a round, since the machine may be slower in another.
 *
 *     npm run bench:backends -- [--size 256] [--steps 10] [--runs 5] [--rounds 3] [--backend NAME]... [--json]
 */
const { values } = parseArgs({
  options: {
    size: { type: "string", default: "256" },
    steps: { type: "string", default: "10" },
    runs: { type: "string", default: "5" },
    rounds: { type: "string", default: "3" },
    backend: { type: "string", multiple: true, default: ["tfjs:tensorflow-gpu", "tfjs:tensorflow", "tfjs:webgpu", "tfjs:wasm"] },
    json: { type: "boolean", default: false },
  },
});
const yardstick = "onnx:cpu";
const unknown = values.backend.find((name) => !backendNames.includes(name));
if (unknown !== undefined) {
  process.stderr.write(`there is no backend \`${unknown}\`; backends are ${backendNames.join(", ")}\n`);
  process.exit(2);
}

/** A measurement, or why there is none. */
type Attempt = { readonly run: BackendRun } | { readonly reason: string };

async function measure(name: string): Promise<Attempt> {
  const path = fileURLToPath(new URL("./backend-runs.js", import.meta.url));
  const child = fork(path, [name, values.size, values.runs, values.steps], { silent: true });
  let printed = "";
  child.stderr?.on("data", (chunk: Buffer) => (printed = (printed + chunk.toString()).slice(-4000)));
  child.stdout?.resume();
  return await new Promise((resolve) => {
    child.on("message", (message) => {
      resolve({ run: message as BackendRun });
    });
    child.on("error", (error) => {
      resolve({ reason: error.message });
    });
    child.on("close", (code) => {
      resolve({ reason: /^\w*Error\w*: (.*)$/mu.exec(printed)?.[1] ?? `exit code ${String(code)}` });
    });
  });
}

const best = ({ networkMs }: BackendRun): number => Math.min(...networkMs);

interface Round {
  readonly reference: BackendRun;
  readonly attempt: Attempt;
}
const rounds = new Map<string, Round[]>();
for (let round = 0; round < Number(values.rounds); round++) {
  for (const name of values.backend) {
    process.stderr.write(`round ${round + 1} of ${values.rounds}: ${yardstick}, ${name}\n`);
    const reference = await measure(yardstick);
    if (!("run" in reference)) throw new Error(`${yardstick}: ${reference.reason}`);
    const attempt = await measure(name);
    rounds.set(name, [...(rounds.get(name) ?? []), { reference: reference.run, attempt }]);
    // What does not start in the first round does not start in the others.
    if ("reason" in attempt) values.backend = values.backend.filter((other) => other !== name);
  }
}

const rows = [...rounds].map(([name, list]) => {
  const done = list.flatMap(({ reference, attempt }) => ("run" in attempt ? [{ reference, run: attempt.run }] : []));
  const failure = list.map(({ attempt }) => attempt).find((attempt) => "reason" in attempt);
  if (done.length === 0) return { name, reason: failure?.reason ?? "not run" };
  const of = (f: (pair: (typeof done)[number]) => number): number => median(done.map(f));
  return {
    name,
    description: done[0]!.run.description,
    evaluations: done[0]!.run.evaluations,
    networkMs: of(({ run }) => best(run)),
    yardstickMs: of(({ reference }) => best(reference)),
    networkRatio: of(({ run, reference }) => best(run) / best(reference)),
    restoreSeconds: of(({ run }) => run.restoreSeconds),
    yardstickSeconds: of(({ reference }) => reference.restoreSeconds),
    restoreRatio: of(({ run, reference }) => run.restoreSeconds / reference.restoreSeconds),
  };
});

if (values.json)
  process.stdout.write(
    `${JSON.stringify({ benchmark: "backends", size: Number(values.size), steps: Number(values.steps), rounds: Number(values.rounds), node: process.version, rows })}\n`,
  );
else {
  process.stdout.write(
    `${values.size}x${values.size}, ${values.steps} steps; ratios to ${yardstick}, medians of ${values.rounds} rounds\n`,
  );
  process.stdout.write(`${"backend".padEnd(22)}${"network".padEnd(24)}${"restore".padEnd(24)}\n`);
  for (const item of rows) {
    const text =
      item.description === undefined
        ? item.reason
        : `${`${item.networkMs.toFixed(1)} ms  ${item.networkRatio.toFixed(2)}x`.padEnd(24)}${`${item.restoreSeconds.toFixed(2)} s  ${item.restoreRatio.toFixed(2)}x`.padEnd(24)}${item.description}`;
    process.stdout.write(`${item.name.padEnd(22)}${text}\n`);
  }
}
