import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import type { HostTensor } from "@leader/graph";
import { writeNpy, type Pipeline, type RestoreResult } from "leader-restore";
import { noisePicture, openExample } from "../photo-pipeline.js";
import { coldCommand, samplingLoop, type ColdCommand } from "./cold-command.js";
import { leaderBin } from "./command-time.js";
import { keptSession } from "./kept-session.js";
import { rawEvaluations } from "./raw-evaluations.js";
import { mean, median } from "./statistics.js";

/**
 * What a whole restoration costs over the bare network: restore / (evaluations x one raw session run of the same network),
 * both in child processes of their own, in alternation. Also LEADer against the baseline (time per step, peak memory), the
 * start of the command line, `leader restore` from nothing with 15 evaluations, its loop by processor time, and a session that stays open
 * (`--only-cold`: these three alone).
 *
 *     npm run bench:overhead -- [--size 256] [--rounds 3] [--json] [--only-cold]
 */

const { values } = parseArgs({
  options: {
    size: { type: "string", default: "256" },
    rounds: { type: "string", default: "3" },
    json: { type: "boolean", default: false },
    "only-cold": { type: "boolean", default: false },
  },
});
const size = Number(values.size);
const rounds = Number(values.rounds);
const rawRuns = 30;
const say = (line: string): void => void process.stderr.write(`${line}\n`);
const root = new URL("../../../", import.meta.url);

/** One restoration in a fresh child process. */
async function restoreOnce(pipeline: Pipeline, y: HostTensor): Promise<RestoreResult> {
  await using session = await pipeline.open();
  const run = session.restore(y);
  for await (const event of run.events) if (event.type === "warning") say(`warning ${event.code}: ${event.message}`);
  return await run.result;
}

const total = ({ seconds }: RestoreResult): number => seconds.load + seconds.compile + seconds.sampling;
const perStep = (result: RestoreResult): number => result.seconds.sampling / result.steps.length;

function helpMilliseconds(): readonly number[] {
  return Array.from({ length: 10 }, () => {
    const start = performance.now();
    spawnSync(process.execPath, [leaderBin, "--help"]);
    return performance.now() - start;
  });
}

/** Milliseconds from Ctrl-C to its acknowledgement, sent while the network computes. */
async function interruptMilliseconds(y: HostTensor): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), "leader-bench-"));
  try {
    await writeNpy(join(folder, "y.npy"), y);
    const child = spawn(
      process.execPath,
      [leaderBin, "restore", "y.npy", "-p", fileURLToPath(new URL("examples/bicubic-x4.yaml", root)), "--json"],
      { cwd: folder },
    );
    return await new Promise((resolve, reject) => {
      let sent = 0;
      child.stdout.on("data", (chunk: Buffer) => {
        if (sent > 0 || !chunk.toString().includes("step-end")) return;
        // A moment later the next evaluation is under way.
        sent = performance.now() + 20;
        setTimeout(() => child.kill("SIGINT"), 20);
      });
      child.stderr.on("data", (chunk: Buffer) => {
        if (chunk.toString().includes("interrupted")) resolve(performance.now() - sent);
      });
      child.on("error", reject);
      child.on("exit", () => {
        reject(new Error("the restoration ended before it acknowledged the interrupt"));
      });
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const baseline = await openExample("bicubic-x4.yaml");

say("leader restore from nothing, and the raw network, in alternation");
const coldRounds = { size, rounds: Math.max(5, rounds) };
const cold = {
  kept: await coldCommand(baseline, { ...coldRounds, kept: true }),
  without: await coldCommand(baseline, { ...coldRounds, kept: false }),
};
say("leader restore with 10 and with 110 evaluations, and the raw network, in alternation");
/** Goal <= 1.03. */
const loop = await samplingLoop(baseline, { size, rounds, kept: true });
const picture = noisePicture(size);
const y = await baseline.degrade(picture, { seed: 0 });
say("a session that stays open, and the raw network, in alternation");
/** Goal <= 1.03. */
const kept = await keptSession(await openExample("bicubic-x4.yaml", ["scheduler.with.steps=15"]), y, { size, rounds: Math.max(5, rounds) });
if (values["only-cold"]) {
  process.stdout.write(
    values.json ? `${JSON.stringify({ benchmark: "overhead", size, cold, loop, kept })}\n` : `${coldLines().join("\n")}\n`,
  );
  process.exit();
}
const leader = await openExample("bicubic-x4-leader.yaml");
// B = 0 never skips, so that both make the same number of steps and each step can be compared.
const everyStep = await openExample("bicubic-x4-leader.yaml", ["scheduler.with.budget=0"]);

interface Round {
  readonly rawMs: number;
  readonly baseline: RestoreResult;
  readonly everyStep: RestoreResult;
}
const measured: Round[] = [];
for (let round = 0; round < rounds; round++) {
  say(`round ${round + 1} of ${rounds}: raw network, baseline, LEADer, raw network`);
  const before = await rawEvaluations(size, rawRuns);
  const base = await restoreOnce(baseline, y);
  const every = await restoreOnce(everyStep, y);
  const after = await rawEvaluations(size, rawRuns);
  measured.push({ rawMs: mean([...before, ...after]), baseline: base, everyStep: every });
}
const skipping = await restoreOnce(leader, y);

const help = helpMilliseconds();

const of = (f: (round: Round) => number): number => median(measured.map(f));
const share = (f: (result: RestoreResult) => number): number => of((r) => f(r.baseline) / total(r.baseline));
const report = {
  benchmark: "overhead",
  size,
  rounds,
  node: process.version,
  rawEvaluationMs: of((r) => r.rawMs),
  restoreSeconds: of((r) => total(r.baseline)),
  evaluations: measured[0]!.baseline.evaluations,
  /** Goal <= 1.02. */
  restoreOverRaw: of((r) => total(r.baseline) / ((r.baseline.evaluations * r.rawMs) / 1000)),
  samplingOverRaw: of((r) => r.baseline.seconds.sampling / ((r.baseline.evaluations * r.rawMs) / 1000)),
  breakdown: {
    load: share((r) => r.seconds.load),
    compile: share((r) => r.seconds.compile),
    network: share((r) => r.seconds.network),
    update: share((r) => r.seconds.update),
    rest: share((r) => r.seconds.sampling - r.seconds.network - r.seconds.update),
  },
  /** Goal <= 1.01. */
  leaderOverBaselinePerStep: of((r) => perStep(r.everyStep) / perStep(r.baseline)),
  /** Goal <= 1.005. */
  leaderOverBaselinePeakMemory: of((r) => r.everyStep.peakMemoryMiB / r.baseline.peakMemoryMiB),
  peakMemoryMiB: of((r) => r.baseline.peakMemoryMiB),
  leaderEvaluations: skipping.evaluations,
  leaderSeconds: total(skipping),
  /** Goal <= 1.8 with what an earlier command has left, <= 2.5 without. */
  cold,
  loop,
  kept,
  /** Goal <= 150. */
  helpMs: { minimum: Math.min(...help), median: median(help) },
  /** Goal <= 200. */
  interruptMs: await interruptMilliseconds(y),
};

if (values.json) process.stdout.write(`${JSON.stringify(report)}\n`);
else print();

function coldLines(): readonly string[] {
  const line = (name: string, goal: number, of: ColdCommand): string => {
    const { processorSeconds: own, processorOverRaw: ratio } = of;
    const processor =
      own === undefined || ratio === undefined
        ? ""
        : `; processor time ${own.toFixed(2)} s over ${of.rawProcessorSeconds.toFixed(2)} s, ${ratio.toFixed(2)}`;
    return `cold command, ${name.padEnd(24)}${of.clockSeconds.toFixed(2)} s over ${of.rawSeconds.toFixed(2)} s raw, ${of.overRaw.toFixed(2)} (goal ${goal})${processor}`;
  };
  const inLoop =
    loop === undefined
      ? []
      : [
          `sampling loop, processor time         ${loop.processorMs.toFixed(1)} ms over ${loop.rawProcessorMs.toFixed(1)} ms raw, ${loop.processorOverRaw.toFixed(3)} (goal 1.03)`,
        ];
  const { overRaw, processorOverRaw } = kept;
  const byProcessor = processorOverRaw === undefined ? "" : `; processor time ${processorOverRaw.toFixed(3)}`;
  const open = `session kept open, second picture on   ${overRaw.toFixed(3)} of raw (goal 1.03)${byProcessor}`;
  return [line("warm cache", 1.8, cold.kept), line("no cache", 2.5, cold.without), ...inLoop, open];
}

function print(): void {
  const percent = (x: number): string => `${(100 * x).toFixed(2)} %`;
  const lines = [
    `network evaluation, raw session      ${report.rawEvaluationMs.toFixed(1)} ms at ${size}x${size}`,
    `whole restore, ${report.evaluations} evaluations        ${report.restoreSeconds.toFixed(2)} s`,
    `restore / (evaluations x raw)         ${report.restoreOverRaw.toFixed(4)}   (goal 1.02; sampling loop alone ${report.samplingOverRaw.toFixed(4)})`,
    ...Object.entries(report.breakdown).map(([name, value]) => `  ${name.padEnd(34)} ${percent(value)} of the restore`),
    `LEADer / baseline, per step           ${report.leaderOverBaselinePerStep.toFixed(4)}   (goal 1.01)`,
    `LEADer / baseline, peak memory        ${report.leaderOverBaselinePeakMemory.toFixed(4)}   (goal 1.005; baseline ${report.peakMemoryMiB.toFixed(0)} MiB)`,
    `LEADer with its step sizes            ${report.leaderEvaluations} evaluations, ${report.leaderSeconds.toFixed(2)} s`,
    ...coldLines(),
    `leader --help                         ${report.helpMs.minimum.toFixed(0)} ms at least, ${report.helpMs.median.toFixed(0)} ms median (goal 150)`,
    `Ctrl-C acknowledged after             ${report.interruptMs.toFixed(0)} ms (goal 200)`,
  ];
  process.stdout.write(`${lines.join("\n")}\n`);
}
