import { basename } from "node:path";
import { checkOrdinaryFile } from "leader-restore/supervision";
import { exitCodeOf, exitCodes } from "../exit-codes.js";
import { findInputs, passedOverText } from "../files.js";
import { Interruption } from "../interruption.js";
import { limitsOf, requestOf, wholeNumber, type LimitOptions, type PipelineCommandOptions } from "../options.js";
import { checkKept, planOutputs, sweepAfterwards } from "../outputs.js";
import { errorRecord, errorText } from "../render/errors.js";
import { makeOutput, type Output } from "../render/output.js";
import { makeProgress } from "../render/progress.js";
import type { DegradeFacts, DegradeJob } from "../worker/tasks.js";
import { openWorkplace } from "../worker/workplace.js";
import { sayTo } from "./restore.js";

interface DegradeOptions extends PipelineCommandOptions, LimitOptions {
  readonly output: string;
  readonly seed?: string;
  readonly format?: string;
  readonly overwrite: boolean;
  readonly recursive: boolean;
  /** `--image-index` */
  readonly imageIndex: boolean;
}

/** Makes a measurement from each clean picture; returns the exit code. */
export async function degrade(paths: readonly string[], options: DegradeOptions): Promise<number> {
  using interruption = new Interruption();
  const { signal } = interruption;
  const output = makeOutput(options.json);
  await checkOrdinaryFile(options.pipeline);
  const found = await findInputs(paths, options.recursive);
  const inputs = found.inputs.map(({ path }) => path);
  const passedOver = passedOverText(found.passedOver);
  const say = sayTo(options.json);
  if (passedOver !== undefined) say(passedOver);
  const { overwrite, format: extension } = options;
  const keep = [options.pipeline];
  const below = new Map(found.inputs.map(({ path, below: folder }) => [path, folder]));
  const stated = wholeNumber("--seed", options.seed);
  const plan = await planOutputs(inputs, { output: options.output, suffix: "measured", extension, usual: "npy", overwrite, keep, below });
  const progress = await makeProgress(!options.json && process.stderr.isTTY ? "lines" : "silent");
  await using _swept = sweepAfterwards([...plan.values()]);
  await using workplace = openWorkplace({ pipeline: requestOf(options), limits: limitsOf(options) });
  try {
    const { seed, files } = await workplace.do("facts", undefined, { signal });
    await checkKept([...plan.values()], files);
    const failures: unknown[] = [];
    for (const [i, input] of inputs.entries()) {
      if (interruption.finishing) return exitCodes.temporary;
      progress.begin(basename(input), i + 1, inputs.length);
      const job = { input, output: plan.get(input)!, overwrite, seed: stated ?? seed, ...(options.imageIndex ? { image: i } : {}) };
      try {
        tell(output, job, await workplace.do("degrade", job, { signal }));
      } catch (error) {
        if (interruption.exitCode !== undefined || inputs.length === 1) throw error;
        failures.push(error);
        say(errorText(error));
        output.record({ ...errorRecord(error), input });
      }
    }
    if (failures.length === 0) return exitCodes.ok;
    output.text(`${inputs.length - failures.length} measured, ${failures.length} failed`);
    return failures.length === inputs.length ? exitCodeOf(failures[0]) : exitCodes.someFailed;
  } catch (error) {
    if (interruption.exitCode !== undefined) return interruption.exitCode;
    throw error;
  }
}

function tell(output: Output, { input, output: destination }: DegradeJob, { shape, clampedFraction, notes }: DegradeFacts): void {
  output.record({ type: "measurement", input, output: destination, shape, clampedFraction, notes });
  const share = (100 * clampedFraction).toFixed(1);
  const clamped = clampedFraction > 0.001 ? ` (${share} % of the values were clamped; .npy keeps them)` : "";
  output.text(`${destination}: ${shape.join("x")}${clamped}${notes.map((note) => `; ${note}`).join("")}`);
}
