import { existsSync, readdirSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import type { HostTensor } from "@leader/graph";
import { psnr } from "@leader/metrics";
import { loadPipeline, readPicture, writePicture } from "leader-restore";
import { bundledOptions } from "./bundled.js";
import { reportFailure } from "./failure.js";
import { Interruption } from "./interruption.js";
import { fitForDemo, sideBySide, stretch } from "./montage.js";
import { landscape } from "./sample/landscape.js";

/**
 * One picture, degraded once and restored by the presets of all methods, side by side:
 *
 *     npm run gallery -- FOLDER [--task bicubic-x4-noisy] [--picture my.jpg] [--size 256] [--steps 20] [--methods ddnm,daps]
 *
 * Writes a picture per method and `TASK.png`, which has the measurement, the pseudo-inverse, the methods in order and the clean picture in
 * one row. `--steps` replaces every preset's grid by a uniform one, for a quick look: the methods are then not at their best.
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    task: { type: "string", default: "bicubic-x4-noisy" },
    picture: { type: "string" },
    size: { type: "string", default: "256" },
    steps: { type: "string" },
    methods: { type: "string" },
  },
});
const presets = fileURLToPath(new URL("../../../presets/", import.meta.url));
/** npm starts scripts in the root of the workspace; paths are meant from where the user stands. */
const here = (path: string): string => resolve(process.env["INIT_CWD"] ?? ".", path);
const say = (line: string): void => void process.stdout.write(`${line}\n`);

const methods = readdirSync(presets)
  .filter((method) => existsSync(join(presets, method, `${values.task}.yaml`)))
  .filter((method) => values.methods === undefined || values.methods.split(",").includes(method));

async function main(folder: string): Promise<void> {
  using interruption = new Interruption();
  const size = Number(values.size);
  const clean = values.picture === undefined ? landscape(size) : await fitForDemo((await readPicture(here(values.picture))).tensor, size);
  await mkdir(folder, { recursive: true });
  const bundled = await bundledOptions();
  const set = values.steps === undefined ? [] : [`scheduler={ use: "leader#uniform", with: { steps: ${values.steps} } }`];
  const first = await loadPipeline(join(presets, "ddnm", `${values.task}.yaml`), bundled);
  const y = await first.degrade(clean, { seed: first.config.seed });
  const decibel = async (image: HostTensor): Promise<string> => `${(await psnr().measure(image, clean)).toFixed(2)} dB`;
  const inverse = await first.pinv(y);
  const [, , height = 0, width = 0] = clean.shape;
  const row: HostTensor[] = [stretch(y, height, width), inverse];
  say(`${"pseudo-inverse".padEnd(16)} ${await decibel(inverse)}`);
  for (const method of methods) {
    const pipeline = await loadPipeline(join(presets, method, `${values.task}.yaml`), { ...bundled, set });
    await using session = await pipeline.open();
    const { image, evaluations } = await session.restore(y, { signal: interruption.signal }).result;
    await writePicture(join(folder, `${values.task}-${method}.png`), image);
    row.push(image);
    say(`${method.padEnd(16)} ${await decibel(image)}, ${evaluations} evaluations`);
  }
  await writePicture(join(folder, `${values.task}.png`), sideBySide([...row, clean]));
  say(`${folder}: measurement, pseudo-inverse, ${methods.join(", ")}, clean`);
}

try {
  await main(here(positionals[0] ?? join("results", "gallery")));
} catch (error) {
  process.exitCode = reportFailure(error, false);
}
