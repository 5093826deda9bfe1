import { extname } from "node:path";
import type { HostTensor } from "@leader/graph";
import { contentKey, readPicture, writeNpy, writePicture, type Pipeline } from "leader-restore";
import { errors } from "../error-codes.js";
import type { DegradeFacts, DegradeJob } from "./tasks.js";

/** Reads a clean picture and writes the measurement of it. */
export async function degradeFile(pipeline: Pipeline, { input, output, overwrite, seed, image }: DegradeJob): Promise<DegradeFacts> {
  const clean = await readPicture(input);
  const y = await pipeline.degrade(clean.tensor, { seed, image: image ?? contentKey(clean.tensor) });
  return { shape: y.shape, clampedFraction: await writeMeasurement(output, y, overwrite) };
}

/** Writes a measurement; returns the fraction of values that the format could not hold. */
async function writeMeasurement(output: string, y: HostTensor, overwrite: boolean): Promise<number> {
  if (extname(output).toLowerCase() === ".npy") {
    await writeNpy(output, y, { overwrite });
    return 0;
  }
  if (y.shape.length !== 4 || (y.shape[1] !== 1 && y.shape[1] !== 3)) throw errors.NOT_A_PICTURE({ path: output, shape: y.shape });
  await writePicture(output, y, { bitDepth: 16, overwrite });
  let clamped = 0;
  for (const v of y.data) if (Math.abs(v) > 1) clamped++;
  return clamped / y.data.length;
}
