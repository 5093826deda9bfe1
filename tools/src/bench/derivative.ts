import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { normals, type HostTensor } from "@leader/core";
import { photoPriorUrl } from "@leader/prior-photo";
import { createPipeline, type Pipeline, type PipelineObject } from "leader";
import { rawEvaluations } from "./raw-evaluations.js";

/**
 * What a derivative of the network costs: one step of DPS (forward, backward, update) over one forward evaluation of the same network,
 * by the raw session and by this project's own. Sessions run in child processes, so that each has a peak memory of its own. The smallest of
 * several rounds counts, so that other load on the machine hardly matters.
 *
 *     npm run bench:derivative -- [--size 256] [--steps 4] [--rounds 3] [--json]
 */

const { values } = parseArgs({
  options: {
    size: { type: "string", default: "256" },
    steps: { type: "string", default: "4" },
    rounds: { type: "string", default: "3" },
    json: { type: "boolean", default: false },
  },
});
const size = Number(values.size);
const steps = Number(values.steps);
const rounds = Number(values.rounds);
const say = (line: string): void => void process.stderr.write(`${line}\n`);

const packages = ["leader", "@leader/operators", "@leader/backend-onnx", "@leader/baseline-samplers", "@leader/baseline-dps"];

const open = async (baseline: PipelineObject["baseline"]): Promise<Pipeline> =>
  await createPipeline(
    {
      operator: { use: "@leader/operators#super-resolution", with: { factor: 4 } },
      baseline,
      denoiser: { use: "leader#onnx-file", with: { path: fileURLToPath(photoPriorUrl) } },
      backend: { use: "@leader/backend-onnx#cpu" },
      scheduler: { use: "leader#uniform", with: { steps } },
    },
    { bundled: Object.fromEntries(packages.map((item) => [item, { url: import.meta.resolve(item) }])) },
  );

const picture: HostTensor = {
  shape: [1, 3, size, size],
  dtype: "float32",
  data: normals({ seed: 0, image: 0, step: 0, name: "bench" }, 3 * size * size).map((z) => z / 4),
};

interface Measured {
  /** Milliseconds of a whole step. */
  readonly stepMs: number;
  /** Milliseconds of its graph with the network. */
  readonly networkMs: number;
  readonly peakMemoryMiB: number;
}

async function measure(pipeline: Pipeline): Promise<Measured> {
  const y = await pipeline.degrade(picture, { seed: 0 });
  await using session = await pipeline.open();
  let best: Measured = { stepMs: Infinity, networkMs: Infinity, peakMemoryMiB: 0 };
  // The first restoration of a session allocates its memory.
  for (let round = 0; round <= rounds; round++) {
    const { seconds, peakMemoryMiB, steps: taken } = await session.restore(y).result;
    if (round === 0) continue;
    const perStep = (s: number): number => (1000 * s) / taken.length;
    best = {
      stepMs: Math.min(best.stepMs, perStep(seconds.sampling)),
      networkMs: Math.min(best.networkMs, perStep(seconds.network)),
      peakMemoryMiB,
    };
  }
  return best;
}

say("raw network");
const before = await rawEvaluations(size, steps * rounds);
say("forward: ancestral sampling");
const forward = await measure(await open({ use: "@leader/baseline-samplers#ddpm" }));
say("forward and backward: DPS");
const both = await measure(await open({ use: "@leader/baseline-dps#dps" }));
const rawMs = Math.min(...before, ...(await rawEvaluations(size, steps * rounds)));

const report = {
  benchmark: "derivative",
  size,
  steps,
  rounds,
  node: process.version,
  rawForwardMs: rawMs,
  forwardMs: forward.networkMs,
  dpsStepMs: both.stepMs,
  /** Goal <= 2.1. */
  dpsOverRawForward: both.stepMs / rawMs,
  dpsOverForward: both.stepMs / forward.networkMs,
  peakMemoryMiB: { forward: forward.peakMemoryMiB, dps: both.peakMemoryMiB },
  peakMemoryRatio: both.peakMemoryMiB / forward.peakMemoryMiB,
};

if (values.json) process.stdout.write(`${JSON.stringify(report)}\n`);
else {
  process.stdout.write(
    [
      `forward, raw session      ${rawMs.toFixed(1)} ms at ${size}x${size}`,
      `forward, this session     ${forward.networkMs.toFixed(1)} ms`,
      `DPS step                  ${both.stepMs.toFixed(1)} ms`,
      `DPS step / raw forward    ${report.dpsOverRawForward.toFixed(3)}   (goal 2.1)`,
      `DPS step / forward        ${report.dpsOverForward.toFixed(3)}`,
      `peak memory ratio         ${report.peakMemoryRatio.toFixed(2)}   (${both.peakMemoryMiB.toFixed(0)} over ${forward.peakMemoryMiB.toFixed(0)} MiB)`,
      "",
    ].join("\n"),
  );
}
