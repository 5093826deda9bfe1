import { existsSync } from "node:fs";
import { writePicture } from "leader-restore";
import { errors } from "../error-codes.js";
import { exitCodes } from "../exit-codes.js";
import { prepareFiles } from "../outputs.js";
import { landscape } from "../sample/landscape.js";
import type { Ways } from "../telling/ways.js";
import type { SampleRequest } from "./command-tasks.js";
import { outputTo } from "./output-to.js";

/** The largest side: the picture is drawn point by point on the host. */
const largest = 2048;

/** Draws the landscape of the demo, for first steps without a picture of one's own; returns the exit code. */
export async function drawSample({ file, overwrite, ...options }: SampleRequest, { emit }: Ways): Promise<number> {
  const [size, seed] = [Number(options.size), Number(options.seed)];
  if (!Number.isInteger(size) || size < 8 || size > largest)
    throw errors.USAGE({ problem: `--size ${options.size} is no side in pixels`, hint: `give a whole number from 8 to ${largest}` });
  if (!Number.isSafeInteger(seed) || seed < 0)
    throw errors.USAGE({ problem: `--seed ${options.seed} is no seed`, hint: "give a whole number from 0" });
  if (!overwrite && existsSync(file)) throw errors.OUTPUT_EXISTS({ path: file });
  await prepareFiles([file]);
  await writePicture(file, landscape(size, seed));
  const output = outputTo(emit);
  output.record({ type: "sample", file, size, seed });
  output.text(`${file}: a generated landscape, ${size}x${size}`);
  return exitCodes.ok;
}
