import { parseArgs } from "node:util";
import { psnr } from "@leader/metrics";
import type { Pipeline } from "leader-restore";
import { openPhotoPipeline } from "../photo-pipeline.js";
import { centreCrops } from "../pictures.js";

/**
 * Chooses hyper-parameters of a pipeline on photographs that no result is reported on: mean PSNR and evaluations for each value of an
 * option, or for every combination of the values of several.
 *
 *     npm run tune -- FOLDER --pipeline examples/bicubic-x4-leader.yaml --option modulator.with.weight --values 0,3,8 [--images 4] [--size 128]
 *     npm run tune -- FOLDER --pipeline presets/ddpg/compressed-sensing.yaml \
 *       --option baseline.with.gamma --values 4,8,16 --option baseline.with.zeta --values 0.5,1
 */

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    pipeline: { type: "string", default: "examples/bicubic-x4-leader.yaml" },
    option: { type: "string", multiple: true, default: ["modulator.with.weight"] },
    values: { type: "string", multiple: true, default: ["0,1,3,8,16"] },
    images: { type: "string", default: "4" },
    size: { type: "string", default: "128" },
    set: { type: "string", multiple: true, default: [] },
  },
});
const [folder] = positionals;
if (folder === undefined) throw new Error("name a folder of photographs");
const size = Number(values.size);

const quality = psnr();

const open = (set: readonly string[]): Promise<Pipeline> => openPhotoPipeline(values.pipeline, [...values.set, ...set]);

const options = values.option;
if (options.length !== values.values.length) throw new Error("give every --option its --values");

/** One value for each option; all combinations, the last option changing fastest. */
const combinations = values.values
  .map((list) => list.split(","))
  .reduce<readonly (readonly string[])[]>((before, list) => before.flatMap((chosen) => list.map((value) => [...chosen, value])), [[]]);

const clean = await centreCrops(folder, Number(values.images), size);
process.stdout.write(`${options.join("\t")}\tPSNR\tevaluations\tpseudo-inverse\t(${clean.length} images, ${size}x${size})\n`);
for (const chosen of combinations) {
  const pipeline = await open(chosen.map((value, i) => `${options[i]!}=${value}`));
  await using session = await pipeline.open();
  const rows: { readonly restored: number; readonly pinv: number; readonly evaluations: number }[] = [];
  for (const [image, picture] of clean.entries()) {
    const y = await pipeline.degrade(picture, { seed: 0, image });
    const { image: restored, evaluations } = await session.restore(y, { image }).result;
    const pinv = await quality.measure(await pipeline.pinv(y), picture);
    rows.push({ restored: await quality.measure(restored, picture), pinv, evaluations });
  }
  const mean = (f: (row: (typeof rows)[number]) => number): string => (rows.reduce((sum, row) => sum + f(row), 0) / rows.length).toFixed(2);
  process.stdout.write(`${chosen.join("\t")}\t${mean((r) => r.restored)}\t${mean((r) => r.evaluations)}\t${mean((r) => r.pinv)}\n`);
}
