import { defined, type HostTensor } from "@leader/graph";
import {
  contentKey,
  formatOf,
  lossesOf,
  readPicture,
  visibleSamples,
  writeNpy,
  writePicture,
  type Picture,
  type Pipeline,
} from "leader-restore";
import { errors } from "../error-codes.js";
import { isArray } from "../files.js";
import type { DegradeFacts, DegradeJob } from "./tasks.js";

/** Reads a clean picture and writes the measurement of it. */
export async function degradeFile(pipeline: Pipeline, { input, output, overwrite, seed, image }: DegradeJob): Promise<DegradeFacts> {
  const picture = await readPicture(input);
  const clean = visibleSamples(picture);
  const y = await pipeline.degrade(clean, { seed, image: image ?? contentKey(clean) });
  const clampedFraction = await writeMeasurement(output, y, picture, overwrite);
  return { shape: y.shape, clampedFraction, notes: notesOf(picture, output) };
}

/** Transparency is no part of a measurement, whatever the file could hold. */
const notesOf = ({ notes, alpha }: Picture, output: string): readonly string[] => [
  ...notes,
  ...(alpha?.data.some((value) => value < 1) === true ? ["transparency is left out: measurements have none"] : []),
  ...(isArray(output) ? [] : lossesOf(formatOf(output), { bitDepth: 16 })),
];

/** Writes a measurement, as a picture in the colours of the source's profile; returns the fraction of values that the format could not hold. */
async function writeMeasurement(output: string, y: HostTensor, { metadata }: Picture, overwrite: boolean): Promise<number> {
  if (isArray(output)) {
    await writeNpy(output, y, { overwrite });
    return 0;
  }
  if (y.shape.length !== 4 || (y.shape[1] !== 1 && y.shape[1] !== 3)) throw errors.NOT_A_PICTURE({ path: output, shape: y.shape });
  await writePicture(output, y, { bitDepth: 16, overwrite, metadata: defined({ icc: metadata.icc }) });
  let clamped = 0;
  for (const v of y.data) if (Math.abs(v) > 1) clamped++;
  return clamped / y.data.length;
}
