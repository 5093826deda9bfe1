import { existsSync } from "node:fs";
import { writePicture } from "leader-restore";
import { errors } from "../error-codes.js";
import { exitCodes } from "../exit-codes.js";
import { prepareFolders } from "../outputs.js";
import { makeOutput } from "../render/output.js";
import { landscape } from "../sample/landscape.js";

/** The largest side: the picture is drawn point by point on the host. */
const largest = 2048;

/** Draws the landscape of the demo, for first steps without a picture of one's own; returns the exit code. */
export async function sample(
  file: string,
  options: { readonly size: string; readonly seed: string; readonly overwrite: boolean; readonly json: boolean },
): Promise<number> {
  const [size, seed] = [Number(options.size), Number(options.seed)];
  if (!Number.isInteger(size) || size < 8 || size > largest)
    throw errors.USAGE({ problem: `--size ${options.size} is no side in pixels`, hint: `give a whole number from 8 to ${largest}` });
  if (!Number.isSafeInteger(seed) || seed < 0)
    throw errors.USAGE({ problem: `--seed ${options.seed} is no seed`, hint: "give a whole number from 0" });
  if (!options.overwrite && existsSync(file)) throw errors.OUTPUT_EXISTS({ path: file });
  await prepareFolders([file]);
  await writePicture(file, landscape(size, seed));
  const output = makeOutput(options.json);
  output.record({ type: "sample", file, size, seed });
  output.text(`${file}: a generated landscape, ${size}x${size}`);
  return exitCodes.ok;
}
