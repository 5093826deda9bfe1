import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import operators from "@leader/operators";
import { writePicture } from "leader-restore";
import { noisePicture } from "../photo-pipeline.js";
import { leaderTime, type CommandTime } from "./command-time.js";
import { median } from "./statistics.js";

/**
 * What `leader degrade` of one picture takes with each operator, as the whole command: start, reading, computing, noise and writing.
 * Goal: 1.5 s at 1024 x 1024.
 *
 *     npm run bench:degrade -- [--size 1024] [--rounds 3] [--json]
 */

const { values } = parseArgs({
  options: {
    size: { type: "string", default: "1024" },
    rounds: { type: "string", default: "3" },
    json: { type: "boolean", default: false },
  },
});

/** Options of operators that have no defaults to work with. */
const options: Readonly<Record<string, string>> = {
  inpainting: "{ random: { fraction: 0.5, seed: 1 } }",
  "super-resolution": "{ factor: 4 }",
};

const pipelineOf = (name: string): string => `apiVersion: leader/v1
noise: 0.05
operator: { use: "@leader/operators#${name}", with: ${options[name] ?? "{}"} }
baseline: { use: "@leader/baseline-ddnm#ddnm-plus" }
backend: { use: "@leader/backend-onnx#cpu" }
`;

/** What the command takes. Errors: it fails. */
const timeOf = (folder: string, name: string): CommandTime =>
  leaderTime(folder, ["degrade", "picture.png", "-p", `${name}.yaml`, "-o", `${name}.npy`, "--overwrite"]);

/** The least processor time stands beside the clock: other work on the machine enters it less. */
function summary(list: readonly CommandTime[]): {
  readonly minimum: number;
  readonly median: number;
  readonly processor: number | undefined;
} {
  const clock = list.map((one) => one.clock);
  const processor = list.flatMap((one) => one.processor ?? []);
  return {
    minimum: Math.min(...clock),
    median: median(clock),
    processor: processor.length === 0 ? undefined : Math.min(...processor),
  };
}

const folder = mkdtempSync(join(tmpdir(), "leader-bench-"));
try {
  await writePicture(join(folder, "picture.png"), noisePicture(Number(values.size)));
  const names = Object.keys(operators.stages);
  for (const name of names) writeFileSync(join(folder, `${name}.yaml`), pipelineOf(name));
  const measured = new Map<string, CommandTime[]>(names.map((name) => [name, []]));
  // Round by round, so that other work on the machine meets all of them.
  for (let round = 0; round < Number(values.rounds); round++) for (const [name, list] of measured) list.push(timeOf(folder, name));
  const report = Object.fromEntries([...measured].map(([name, list]) => [name, summary(list)]));
  if (values.json) process.stdout.write(`${JSON.stringify({ benchmark: "degrade", size: Number(values.size), seconds: report })}\n`);
  else
    for (const [name, { minimum, median: middle, processor }] of Object.entries(report))
      process.stdout.write(
        `${name.padEnd(26)} ${minimum.toFixed(2)} s (median ${middle.toFixed(2)} s; processor time ${processor?.toFixed(2) ?? "unknown"} s)\n`,
      );
} finally {
  rmSync(folder, { recursive: true, force: true });
}
