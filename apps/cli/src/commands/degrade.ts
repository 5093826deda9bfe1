import { basename } from "node:path";
import { checkOrdinaryFile } from "leader-restore/supervision";
import { exitCodes } from "../exit-codes.js";
import { expandInputs } from "../files.js";
import { Interruption } from "../interruption.js";
import { limitsOf, requestOf, wholeNumber, type LimitOptions, type PipelineCommandOptions } from "../options.js";
import { checkKept, planOutputs, sweepAfterwards } from "../outputs.js";
import { makeOutput } from "../render/output.js";
import { makeProgress } from "../render/progress.js";
import { openWorkplace } from "../worker/workplace.js";

interface DegradeOptions extends PipelineCommandOptions, LimitOptions {
  readonly output: string;
  readonly seed?: string;
  readonly format?: string;
  readonly overwrite: boolean;
  /** `--image-index` */
  readonly imageIndex: boolean;
}

/** Makes a measurement from each clean picture; returns the exit code. */
export async function degrade(paths: readonly string[], options: DegradeOptions): Promise<number> {
  using interruption = new Interruption();
  const { signal } = interruption;
  const output = makeOutput(options.json);
  await checkOrdinaryFile(options.pipeline);
  const inputs = await expandInputs(paths);
  const { overwrite, format: extension } = options;
  const keep = [options.pipeline];
  const stated = wholeNumber("--seed", options.seed);
  const plan = await planOutputs(inputs, { output: options.output, suffix: "measured", extension, usual: "npy", overwrite, keep });
  const progress = await makeProgress(!options.json && process.stderr.isTTY ? "lines" : "silent");
  await using _swept = sweepAfterwards([...plan.values()]);
  await using workplace = openWorkplace({ pipeline: requestOf(options), limits: limitsOf(options) });
  try {
    const { seed, files } = await workplace.do("facts", undefined, { signal });
    await checkKept([...plan.values()], files);
    for (const [i, input] of inputs.entries()) {
      if (interruption.finishing) return exitCodes.temporary;
      progress.begin(basename(input), i + 1, inputs.length);
      const destination = plan.get(input)!;
      const job = { input, output: destination, overwrite, seed: stated ?? seed, ...(options.imageIndex ? { image: i } : {}) };
      const { shape, clampedFraction } = await workplace.do("degrade", job, { signal });
      output.record({ type: "measurement", input, output: destination, shape, clampedFraction });
      const share = (100 * clampedFraction).toFixed(1);
      output.text(
        `${destination}: ${shape.join("x")}${clampedFraction > 0.001 ? ` (${share} % of the values were clamped; .npy keeps them)` : ""}`,
      );
    }
    return exitCodes.ok;
  } catch (error) {
    if (interruption.exitCode !== undefined) return interruption.exitCode;
    throw error;
  }
}
