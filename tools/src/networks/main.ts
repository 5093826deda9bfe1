import { fork } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { writeOnnx } from "@leader/graph/onnx";
import { loadWeights, networkGraph, openCheckpoint, recognise } from "@leader/networks";
import { median } from "../bench/statistics.js";
import type { Job, Measured } from "./job.js";
import { networkNames, writeRandomCheckpoint, type NetworkName } from "./random-checkpoint.js";

/**
 * What networks of the field cost beside the bare runtime, by processor time and peak memory: a checkpoint with random weights is restored
 * with by LEADer, and evaluated by onnxruntime from an ONNX file of the same graph. Every figure comes from a process of its own.
 *
 *     npm run bench:networks -- [--network ffhq | imagenet] [--what compare,dps,sizes] [--size 256] [--rounds 3] [--threads 2]
 *                               [--folder FOLDER] [--json]
 *
 * `compare`: loading, evaluation and peak memory over the bare runtime; `dps`: peak memory of a step of DPS; `sizes`: resident memory over ten
 * picture sizes in one session. `--folder` keeps the checkpoint (0.4 and 2.2 GB) for the next run.
 */

const { values } = parseArgs({
  options: {
    network: { type: "string", default: "ffhq" },
    what: { type: "string", default: "compare,dps,sizes" },
    size: { type: "string", default: "256" },
    rounds: { type: "string", default: "3" },
    threads: { type: "string", default: "2" },
    folder: { type: "string" },
    json: { type: "boolean", default: false },
  },
});
const name = values.network as NetworkName;
if (!networkNames.includes(name)) throw new Error(`--network is one of ${networkNames.join(", ")}`);
const [size, rounds, threads] = [Number(values.size), Number(values.rounds), Number(values.threads)];
const what = new Set(values.what.split(","));
const say = (line: string): void => void process.stderr.write(`${line}\n`);

/** An ONNX file holds weights of up to this many bytes itself, as exporters write it; larger ones lie beside it. */
const mostInside = 1.9e9;

async function measure(job: Partial<Job> & Pick<Job, "kind" | "path">): Promise<Measured> {
  const full: Job = { baseline: "ddpm", sizes: [size], evaluations: 3, threads, ...job };
  const child = fork(fileURLToPath(new URL("./child.js", import.meta.url)), [JSON.stringify(full)]);
  return await new Promise((resolve, reject) => {
    child.on("message", (message) => {
      resolve(message as Measured);
    });
    child.on("error", reject);
    child.on("exit", (code) => {
      if (code !== 0) reject(new Error(`a process ended with exit code ${String(code)}`));
    });
  });
}

/** The checkpoint's network as an ONNX file for pictures of the size. */
async function writeModel(checkpointPath: string, path: string): Promise<void> {
  const checkpoint = await openCheckpoint(checkpointPath);
  try {
    const recognised = recognise(checkpoint);
    const weights = await loadWeights(checkpoint, recognised);
    const beside = { minBytes: 1024, inPlace: () => basename(checkpointPath) };
    const { model } = writeOnnx(networkGraph(recognised.network, weights, [1, 3, size, size]), {
      name: "network",
      ...(weights.bytes > mostInside ? { externalWeights: beside } : {}),
    });
    await writeFile(path, model);
  } finally {
    await checkpoint.close();
  }
}

async function compare(checkpoint: string, model: string): Promise<Record<string, number>> {
  const pairs: { readonly raw: Measured; readonly leader: Measured }[] = [];
  for (let round = 0; round < rounds; round++) {
    say(`round ${round + 1} of ${rounds}`);
    pairs.push({ raw: await measure({ kind: "raw", path: model }), leader: await measure({ kind: "leader", path: checkpoint }) });
  }
  // The first run of a session allocates its memory.
  const warm = ({ steps }: Measured): number => median(steps.slice(1));
  const of = (f: (pair: (typeof pairs)[number]) => number): number => median(pairs.map(f));
  return {
    rawLoadSeconds: of(({ raw }) => raw.load),
    loadAndCompileSeconds: of(({ leader }) => leader.load),
    rawEvaluationSeconds: of(({ raw }) => warm(raw)),
    stepSeconds: of(({ leader }) => warm(leader)),
    rawPeakMiB: of(({ raw }) => raw.peak),
    peakMiB: of(({ leader }) => leader.peak),
    loadRatio: of(({ raw, leader }) => leader.load / raw.load),
    evaluationRatio: of(({ raw, leader }) => warm(leader) / warm(raw)),
    peakRatio: of(({ raw, leader }) => leader.peak / raw.peak),
  };
}

const tenSizes = [64, 96, 128, 160, 192, 224, 256, 192, 128, 64];

async function report(folder: string): Promise<Record<string, unknown>> {
  const checkpoint = join(folder, `${name}.safetensors`);
  if (!existsSync(checkpoint)) {
    say(`writing ${checkpoint}`);
    await writeRandomCheckpoint(name, checkpoint);
  }
  const model = join(folder, `${name}-${size}.onnx`);
  if (what.has("compare")) await writeModel(checkpoint, model);
  const compared = what.has("compare") ? await compare(checkpoint, model) : {};
  const dps = what.has("dps") ? await measure({ kind: "leader", path: checkpoint, baseline: "dps", evaluations: 1 }) : undefined;
  const sizes = what.has("sizes") ? await measure({ kind: "leader", path: checkpoint, sizes: tenSizes, evaluations: 1 }) : undefined;
  return {
    benchmark: "networks",
    network: name,
    size,
    rounds,
    threads,
    node: process.version,
    ...compared,
    ...(dps === undefined ? {} : { dpsPeakMiB: dps.peak, dpsStepSeconds: dps.steps[0] }),
    ...(sizes === undefined ? {} : { sizes: tenSizes, residentMiB: sizes.resident, sizesPeakMiB: sizes.peak }),
  };
}

const folder = values.folder ?? (await mkdtemp(join(tmpdir(), "leader-networks-")));
await mkdir(folder, { recursive: true });
try {
  const result = await report(folder);
  if (values.json) process.stdout.write(`${JSON.stringify(result)}\n`);
  else {
    const text = (value: unknown): string =>
      typeof value === "number" && !Number.isInteger(value) ? value.toFixed(3) : JSON.stringify(value);
    for (const [key, value] of Object.entries(result)) process.stdout.write(`${key.padEnd(24)}${text(value)}\n`);
  }
} finally {
  if (values.folder === undefined) await rm(folder, { recursive: true, force: true });
}
