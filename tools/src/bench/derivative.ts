import { parseArgs } from "node:util";
import { type HostTensor, keysOf } from "@leader/graph";
import type { Rematerialisation } from "@leader/core";
import { createPipeline, type Pipeline, type PipelineObject, type Session } from "leader-restore";
import { noisePicture, photoPrior } from "../photo-pipeline.js";
import { median } from "./statistics.js";

/**
 * What a derivative of the network costs: one step of DPS (forward, backward, update) over one step of ancestral sampling (forward, update)
 * with the same network. Both restore in alternation in this process; the ratio is that of computing time, by default of one thread, so
 * that other load on the machine hardly enters. Peak memory is that of processes of their own. DPS is measured three times: keeping all activations,
 * and with `rematerialise` on the denoiser.
 *
 *     npm run bench:derivative -- [--size 256] [--steps 4] [--rounds 5] [--threads 1] [--memory-pattern false] [--json]
 */

const { values } = parseArgs({
  options: {
    size: { type: "string", default: "256" },
    steps: { type: "string", default: "4" },
    rounds: { type: "string", default: "5" },
    threads: { type: "string", default: "1" },
    "memory-pattern": { type: "string", default: "false" },
    json: { type: "boolean", default: false },
  },
});
const size = Number(values.size);
const steps = Number(values.steps);
const rounds = Number(values.rounds);
const threads = Number(values.threads);
const say = (line: string): void => void process.stderr.write(`${line}\n`);

const packages = ["@leader/operators", "@leader/backend-onnx", "@leader/baseline-samplers", "@leader/baseline-dps"];

const pipelineOf = async (
  baseline: PipelineObject["baseline"],
  rematerialise: "nothing" | Rematerialisation = "nothing",
): Promise<Pipeline> =>
  await createPipeline(
    {
      operator: { use: "@leader/operators#super-resolution", with: { factor: 4 } },
      baseline,
      denoiser: { use: "leader#onnx-file", with: { path: photoPrior, rematerialise } },
      backend: { use: "@leader/backend-onnx#cpu", with: { threads, memoryPattern: values["memory-pattern"] === "true" } },
      scheduler: { use: "leader#uniform", with: { steps } },
    },
    { bundled: Object.fromEntries(packages.map((item) => [item, { url: import.meta.resolve(item) }])) },
  );

const picture = noisePicture(size);

interface Spent {
  readonly wall: number;
  readonly cpu: number;
}

/** Milliseconds of one step of a restoration in this process. */
async function stepOf(session: Session, y: HostTensor): Promise<Spent> {
  const [start, before] = [performance.now(), process.cpuUsage()];
  const { steps: taken } = await session.restore(y).result;
  const { user, system } = process.cpuUsage(before);
  return { wall: (performance.now() - start) / taken.length, cpu: (user + system) / 1000 / taken.length };
}

async function peakMemoryMiB(pipeline: Pipeline, y: HostTensor): Promise<number> {
  await using session = await pipeline.open();
  return (await session.restore(y).result).peakMemoryMiB;
}

const conditional = { use: "@leader/baseline-dps#dps" };
const pipelines = {
  forward: await pipelineOf({ use: "@leader/baseline-samplers#ddpm" }),
  dps: await pipelineOf(conditional),
  elementwise: await pipelineOf(conditional, "elementwise"),
  segments: await pipelineOf(conditional, "segments"),
};
type Measured = keyof typeof pipelines;
/** One after the other: two at a time would measure each other. */
async function eachMeasured<T>(measure: (name: Measured) => Promise<T>): Promise<Readonly<Record<Measured, T>>> {
  return {
    forward: await measure("forward"),
    dps: await measure("dps"),
    elementwise: await measure("elementwise"),
    segments: await measure("segments"),
  };
}

const y = await pipelines.forward.degrade(picture, { seed: 0 });
say("peak memory, in processes of their own");
const peak = await eachMeasured((name) => peakMemoryMiB(pipelines[name], y));
say("time, in alternation");
const open = async (name: Measured): Promise<Session> => await pipelines[name].open({ isolate: false });
await using forward = await open("forward");
await using dps = await open("dps");
await using elementwise = await open("elementwise");
await using segments = await open("segments");
const sessions = { forward, dps, elementwise, segments };
const spent: Readonly<Record<Measured, Spent>>[] = [];
// The first restoration of a session compiles and allocates.
for (let round = 0; round <= rounds; round++) {
  const times = await eachMeasured((name) => stepOf(sessions[name], y));
  if (round > 0) spent.push(times);
}
const least = (f: (pair: (typeof spent)[number]) => number): number => Math.min(...spent.map(f));
const overForward = (name: Measured): number => median(spent.map((p) => p[name].cpu / p.forward.cpu));

const report = {
  benchmark: "derivative",
  size,
  steps,
  rounds,
  node: process.version,
  threads,
  forwardMs: least((p) => p.forward.wall),
  dpsStepMs: least((p) => p.dps.wall),
  forwardCpuMs: least((p) => p.forward.cpu),
  dpsStepCpuMs: least((p) => p.dps.cpu),
  /** Goal <= 2.1. By computing time, which other load on the machine does not enter. */
  dpsOverForward: overForward("dps"),
  dpsOverForwardWall: least((p) => p.dps.wall) / least((p) => p.forward.wall),
  peakMemoryMiB: peak,
  peakMemoryRatio: peak.dps / peak.forward,
  /** The same with `rematerialise` on the denoiser. */
  rematerialised: {
    elementwise: { overForward: overForward("elementwise"), peakMemoryRatio: peak.elementwise / peak.forward },
    segments: { overForward: overForward("segments"), peakMemoryRatio: peak.segments / peak.forward },
  },
};

if (values.json) process.stdout.write(`${JSON.stringify(report)}\n`);
else {
  process.stdout.write(
    [
      `ancestral step (forward)            ${report.forwardMs.toFixed(1)} ms, ${report.forwardCpuMs.toFixed(1)} ms of computing, at ${size}x${size}`,
      `DPS step (forward and backward)     ${report.dpsStepMs.toFixed(1)} ms, ${report.dpsStepCpuMs.toFixed(1)} ms of computing`,
      `DPS step / forward, computing time  ${report.dpsOverForward.toFixed(3)}   (goal 2.1)`,
      `DPS step / forward, wall clock      ${report.dpsOverForwardWall.toFixed(3)}`,
      `peak memory ratio                   ${report.peakMemoryRatio.toFixed(2)}   (${peak.dps.toFixed(0)} over ${peak.forward.toFixed(0)} MiB)`,
      ...keysOf(report.rematerialised).map((name) => {
        const { overForward: time, peakMemoryRatio } = report.rematerialised[name];
        return `rematerialise: ${name.padEnd(20)} ${time.toFixed(3)} in computing time, ${peakMemoryRatio.toFixed(2)} in peak memory (${peak[name].toFixed(0)} MiB)`;
      }),
      "",
    ].join("\n"),
  );
}
