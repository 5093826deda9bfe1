import { memberOf } from "@leader/graph/records";
import type { CheckReport, PluginInfo } from "leader-restore";
import { exitCodes } from "../exit-codes.js";
import { limitsOf, requestOf, type LimitOptions, type PipelineCommandOptions } from "../options.js";
import { pictureSize } from "../picture-size.js";
import { printPipeline } from "../print-pipeline.js";
import { makeOutput, type Output } from "../render/output.js";
import { makeReading, type Reading } from "../render/reading.js";
import { ask } from "../worker/ask.js";
import type { PipelineFacts } from "../worker/tasks.js";

interface CheckOptions extends PipelineCommandOptions, LimitOptions {
  readonly size: string;
  readonly load: boolean;
  readonly printPipeline: boolean;
}

/** Checks a pipeline as far as possible without running it; returns the exit code. */
export async function check(options: CheckOptions): Promise<number> {
  const output = makeOutput(options.json);
  const size = pictureSize(options.size);
  const { pipeline: file, load } = options;
  const request = requestOf(options, load && !options.printPipeline);
  return await ask({ pipeline: request, limits: limitsOf(options) }, async (workplace, { signal }) => {
    if (options.printPipeline) return await printPipeline(workplace, output, signal);
    const facts = await workplace.do("facts", undefined, { signal });
    if (!load) {
      output.record({ type: "check", file, ok: true, loaded: false, plugins: facts.plugins });
      output.text(`${file}: syntax and static facts are fine (no plugin was loaded)`);
      writeCode(output, facts.plugins);
      return exitCodes.ok;
    }
    const reading = makeReading(options.json);
    const report = await workplace
      .do("check", size, { signal, onEvent: (event) => showReading(reading, event) })
      .finally(() => reading.end());
    const { seed, noise, meanOf, stages, plugins } = facts;
    output.record({ type: "check", file, ok: true, loaded: true, ...report, seed, noise, meanOf, stages, plugins });
    output.text(`${file}: fine for pictures of ${size.height}x${size.width}`);
    for (const { code, message } of report.warnings) output.text(`  warning ${code}: ${message}`);
    writeStages(output, facts);
    const draws = meanOf === 1 ? "" : `, in each of ${meanOf} draws`;
    output.text(`  ${"evaluations".padEnd(12)} ${report.evaluationsPerStep} per step, at most ${report.maxSteps} steps${draws}`);
    output.text(`  ${"backend".padEnd(12)} ${report.backend}`);
    output.text(`  ${"memory".padEnd(12)} about ${memoryText(report)}`);
    writeCode(output, plugins);
    return exitCodes.ok;
  });
}

function showReading({ at }: Reading, event: unknown): void {
  const [file, share] = [memberOf(event, "file"), memberOf(event, "share")];
  if (memberOf(event, "type") === "loading" && typeof file === "string") at(file, typeof share === "number" ? share : undefined);
}

/** As `leader restore` expects it of a picture of this size, whose result is a PNG. */
function memoryText({ memory: { peakMiB, weightsMiB, activationsMiB }, parts, tile }: CheckReport): string {
  const whole = tile === undefined ? "" : `, network in tiles of ${tile}`;
  const cut = parts === undefined ? whole : `, in ${parts.count} parts of ${parts.width} x ${parts.height}`;
  return `${peakMiB.toFixed(0)} MiB${cut} (${weightsMiB.toFixed(0)} MiB of weights, ${activationsMiB.toFixed(0)} MiB of results at a time)`;
}

function writeStages(output: Output, { stages }: PipelineFacts): void {
  for (const [slot, stage] of Object.entries(stages)) output.text(`  ${slot.padEnd(12)} ${stage.use} ${JSON.stringify(stage.with)}`);
}

/** Says whose code a pipeline runs: what is not bundled has every right of the user who runs it. */
function writeCode(output: Output, plugins: readonly PluginInfo[]): void {
  for (const { name, version, origin, path } of plugins) {
    const whose = origin === "bundled" ? "bundled" : `LOCAL CODE, not part of this program: ${path}`;
    output.text(`  ${"code".padEnd(12)} ${name}${version === "" ? "" : `@${version}`} (${whose})`);
  }
}
