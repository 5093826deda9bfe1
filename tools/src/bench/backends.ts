import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { backendNames } from "../conformance/backends.js";
import type { BackendRun } from "./backend-runs.js";
import { median } from "./statistics.js";
import type { WeightRun } from "./weight-runs.js";

/**
 * The backends beside onnxruntime on the processor: one evaluation of the embedded network, and a whole restoration. Each in child
 * processes of their own, in alternation; ratios are taken within a round, since the machine may be slower in another.
 *
 * A second table says what keeping weights as float16 saves: memory, and time, of a network of many channels over few pixels.
 *
 *     npm run bench:backends -- [--size 256] [--steps 10] [--runs 5] [--rounds 3] [--layers 16] [--backend NAME]... [--json]
 */
const { values } = parseArgs({
  options: {
    size: { type: "string", default: "256" },
    steps: { type: "string", default: "10" },
    runs: { type: "string", default: "5" },
    rounds: { type: "string", default: "3" },
    layers: { type: "string", default: "16" },
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
type Attempt<Run> = { readonly run: Run } | { readonly reason: string };

/** Runs a file beside this one in a process of its own, and takes the one message that it sends. */
async function measure<Run>(file: string, parameters: readonly string[]): Promise<Attempt<Run>> {
  const child = fork(fileURLToPath(new URL(file, import.meta.url)), parameters, { silent: true, execArgv: ["--expose-gc"] });
  let printed = "";
  child.stderr?.on("data", (chunk: Buffer) => (printed = (printed + chunk.toString()).slice(-4000)));
  child.stdout?.resume();
  return await new Promise((resolve) => {
    child.on("message", (run: Run) => {
      resolve({ run });
    });
    child.on("error", (error) => {
      resolve({ reason: error.message });
    });
    child.on("close", (code) => {
      resolve({ reason: /^\w*Error\w*: (.*)$/mu.exec(printed)?.[1] ?? `exit code ${String(code)}` });
    });
  });
}
const measureBackend = (name: string): Promise<Attempt<BackendRun>> =>
  measure("./backend-runs.js", [name, values.size, values.runs, values.steps]);
const measureWeights = (name: string, weights: string): Promise<Attempt<WeightRun>> =>
  measure("./weight-runs.js", [name, weights, values.layers, values.runs]);

const best = ({ networkMs }: Pick<BackendRun, "networkMs">): number => Math.min(...networkMs);

interface Round {
  readonly reference: BackendRun;
  readonly attempt: Attempt<BackendRun>;
}
const rounds = new Map<string, Round[]>();
for (let round = 0; round < Number(values.rounds); round++) {
  for (const name of values.backend) {
    process.stderr.write(`round ${round + 1} of ${values.rounds}: ${yardstick}, ${name}\n`);
    const reference = await measureBackend(yardstick);
    if (!("run" in reference)) throw new Error(`${yardstick}: ${reference.reason}`);
    const attempt = await measureBackend(name);
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

/** What weights as float16 save on a backend. */
interface WeightRow {
  readonly name: string;
  readonly megabytes: readonly [number, number];
  readonly networkMs: readonly [number, number];
  readonly timeRatio: number;
}
const weightRows: WeightRow[] = [];
for (const { name, description } of rows.filter((row) => row.name.startsWith("tfjs:"))) {
  if (description === undefined) continue;
  const pairs: (readonly [WeightRun, WeightRun])[] = [];
  for (let round = 0; round < Number(values.rounds); round++) {
    process.stderr.write(`round ${round + 1} of ${values.rounds}: weights of ${name}\n`);
    const [whole, half] = [await measureWeights(name, "float32"), await measureWeights(name, "float16")];
    if ("run" in whole && "run" in half) pairs.push([whole.run, half.run]);
  }
  if (pairs.length === 0) continue;
  const of = (f: (run: WeightRun) => number): readonly [number, number] => [
    median(pairs.map(([whole]) => f(whole))),
    median(pairs.map(([, half]) => f(half))),
  ];
  const timeRatio = median(pairs.map(([whole, half]) => best(half) / best(whole)));
  weightRows.push({ name, megabytes: of(({ megabytes }) => megabytes), networkMs: of(best), timeRatio });
}

if (values.json)
  process.stdout.write(
    `${JSON.stringify({ benchmark: "backends", size: Number(values.size), steps: Number(values.steps), rounds: Number(values.rounds), node: process.version, rows, weights: weightRows })}\n`,
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
  if (weightRows.length > 0) process.stdout.write("weights as float32 and as float16: memory of the process, and time of an evaluation\n");
  for (const { name, megabytes, networkMs, timeRatio } of weightRows) {
    const [memory, time] = [megabytes.map((n) => n.toFixed(0)).join(" and "), networkMs.map((n) => n.toFixed(0)).join(" and ")];
    process.stdout.write(`${name.padEnd(22)}${`${memory} MB`.padEnd(24)}${time} ms  ${timeRatio.toFixed(2)}x\n`);
  }
}
