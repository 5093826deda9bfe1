import { loadPipeline } from "leader-restore";
import { bundledOptions } from "../bundled.js";
import { exitCodes } from "../exit-codes.js";
import { pictureSize, type PipelineCommandOptions } from "../options.js";
import { makeOutput } from "../render/output.js";

interface CheckOptions extends PipelineCommandOptions {
  readonly size: string;
  readonly load: boolean;
}

/** Checks a pipeline as far as possible without running it; returns the exit code. */
export async function check(options: CheckOptions): Promise<number> {
  const output = makeOutput(options.json);
  const { height, width } = pictureSize(options.size);
  const pipeline = await loadPipeline(options.pipeline, { ...(await bundledOptions()), set: options.set, load: options.load });
  if (!options.load) {
    output.record({ type: "check", file: options.pipeline, ok: true, loaded: false });
    output.text(`${options.pipeline}: syntax and static facts are fine (no plugin was loaded)`);
    return exitCodes.ok;
  }
  const report = await pipeline.check({ shape: [1, 3, height, width], dtype: "float32" });
  const { apiVersion: _apiVersion, seed, noise, ...stages } = pipeline.config;
  output.record({ type: "check", file: options.pipeline, ok: true, loaded: true, ...report, seed, noise, stages });
  output.text(`${options.pipeline}: fine for pictures of ${height}x${width}`);
  for (const { code, message } of report.warnings) output.text(`  warning ${code}: ${message}`);
  for (const [slot, stage] of Object.entries(stages)) output.text(`  ${slot.padEnd(12)} ${stage.use} ${JSON.stringify(stage.with)}`);
  output.text(`  ${"evaluations".padEnd(12)} ${report.evaluationsPerStep} per step, at most ${report.maxSteps} steps`);
  output.text(`  ${"backend".padEnd(12)} ${report.backend}`);
  return exitCodes.ok;
}
