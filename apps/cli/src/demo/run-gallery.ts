import { existsSync, readdirSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { defined, type HostTensor } from "@leader/graph";
import { psnr } from "@leader/metrics";
import { loadPipeline, readPicture, writePicture } from "leader-restore";
import { bundledOptions } from "../bundled.js";
import { fitForDemo, sideBySide, stretch } from "../montage.js";
import { landscape } from "../sample/landscape.js";
import type { GalleryRequest } from "./requests.js";
import { Teller } from "../telling/teller.js";
import type { Ways } from "../telling/ways.js";

const presets = fileURLToPath(new URL("../../../../presets/", import.meta.url));

/** Restores one picture with the presets of all methods for a task, and puts the results in one row. */
export async function runGallery(
  { folder, task, picture, size, steps, methods }: GalleryRequest,
  { emit, signal }: Ways,
): Promise<undefined> {
  const teller = new Teller(emit);
  const chosen = readdirSync(presets)
    .filter((method) => existsSync(join(presets, method, `${task}.yaml`)))
    .filter((method) => methods === undefined || methods.includes(method));
  const clean = picture === undefined ? landscape(size) : await fitForDemo((await readPicture(picture)).tensor, size);
  await mkdir(folder, { recursive: true });
  const bundled = await bundledOptions();
  const set = steps === undefined ? [] : [`scheduler={ use: "leader#uniform", with: { steps: ${steps} } }`];
  const first = await loadPipeline(join(presets, "ddnm", `${task}.yaml`), bundled);
  const y = await first.degrade(clean, { seed: first.config.seed });
  const decibel = async (image: HostTensor): Promise<string> => `${(await psnr().measure(image, clean)).toFixed(2)} dB`;
  const inverse = await first.pinv(y);
  const [, , height = 0, width = 0] = clean.shape;
  const row: HostTensor[] = [stretch(y, height, width), inverse];
  teller.text(`${"pseudo-inverse".padEnd(16)} ${await decibel(inverse)}`);
  for (const method of chosen) {
    const pipeline = await loadPipeline(join(presets, method, `${task}.yaml`), { ...bundled, set });
    await using session = await pipeline.open();
    const run = session.restore(y, defined({ signal }));
    for await (const _event of run.events) teller.working();
    const { image, evaluations } = await run.result;
    await writePicture(join(folder, `${task}-${method}.png`), image);
    row.push(image);
    teller.text(`${method.padEnd(16)} ${await decibel(image)}, ${evaluations} evaluations`);
  }
  await writePicture(join(folder, `${task}.png`), sideBySide([...row, clean]));
  teller.text(`${folder}: measurement, pseudo-inverse, ${chosen.join(", ")}, clean`);
  return undefined;
}
