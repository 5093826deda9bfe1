import { extname } from "node:path";
import type { HostTensor } from "@leader/graph";
import { loadPipeline, readPicture, writeNpy, writePicture } from "leader-restore";
import { bundledOptions } from "../bundled.js";
import { errors } from "../error-codes.js";
import { exitCodes } from "../exit-codes.js";
import { expandInputs, planOutputs } from "../files.js";
import { wholeNumber, type PipelineCommandOptions } from "../options.js";
import { makeOutput } from "../render/output.js";

interface DegradeOptions extends PipelineCommandOptions {
  readonly output: string;
  readonly seed?: string;
  readonly format: string;
  readonly overwrite: boolean;
}

/** Makes a measurement from each clean picture; returns the exit code. */
export async function degrade(paths: readonly string[], options: DegradeOptions): Promise<number> {
  const output = makeOutput(options.json);
  const pipeline = await loadPipeline(options.pipeline, { ...(await bundledOptions()), set: options.set });
  const inputs = await expandInputs(paths);
  const plan = await planOutputs(inputs, {
    output: options.output,
    suffix: "measured",
    extension: () => `.${options.format}`,
    overwrite: options.overwrite,
  });
  const seed = wholeNumber("--seed", options.seed) ?? pipeline.config.seed;
  for (const [image, input] of inputs.entries()) {
    const clean = await readPicture(input);
    const y = await pipeline.degrade(clean.tensor, { seed, image });
    const destination = plan.get(input)!;
    const clamped = await writeMeasurement(destination, y);
    output.record({ type: "measurement", input, output: destination, shape: y.shape, clampedFraction: clamped });
    const warning = clamped > 0.001 ? ` (${(100 * clamped).toFixed(1)} % of the values were clamped; .npy keeps them)` : "";
    output.text(`${destination}: ${y.shape.join("x")}${warning}`);
  }
  return exitCodes.ok;
}

/** Writes a measurement; returns the fraction of values that the format could not hold. */
async function writeMeasurement(destination: string, y: HostTensor): Promise<number> {
  if (extname(destination).toLowerCase() === ".npy") {
    await writeNpy(destination, y);
    return 0;
  }
  if (y.shape.length !== 4 || (y.shape[1] !== 1 && y.shape[1] !== 3)) throw errors.NOT_A_PICTURE({ path: destination, shape: y.shape });
  await writePicture(destination, y, { bitDepth: 16 });
  let clamped = 0;
  for (const v of y.data) if (Math.abs(v) > 1) clamped++;
  return clamped / y.data.length;
}
