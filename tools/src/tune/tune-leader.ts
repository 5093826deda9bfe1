import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { psnr } from "@leader/metrics";
import { photoPriorUrl } from "@leader/prior-photo";
import { loadPipeline, type Pipeline } from "leader";
import { centreCrops } from "../pictures.js";

/**
 * Chooses hyper-parameters of LEADer on photographs that no result is reported on: mean PSNR and evaluations of one pipeline for
 * each value of one option.
 *
 *     npm run tune -- FOLDER --pipeline examples/bicubic-x4-leader.yaml --option modulator.with.weight --values 0,3,8 [--images 4] [--size 128]
 */

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    pipeline: { type: "string", default: "examples/bicubic-x4-leader.yaml" },
    option: { type: "string", default: "modulator.with.weight" },
    values: { type: "string", default: "0,1,3,8,16" },
    images: { type: "string", default: "4" },
    size: { type: "string", default: "128" },
    set: { type: "string", multiple: true, default: [] },
  },
});
const [folder] = positionals;
if (folder === undefined) throw new Error("name a folder of photographs");
const size = Number(values.size);

const quality = psnr();

const open = async (set: readonly string[]): Promise<Pipeline> =>
  await loadPipeline(values.pipeline, {
    defaults: {
      backend: { use: "@leader/backend-onnx#cpu" },
      denoiser: { use: "leader#onnx-file", with: { path: fileURLToPath(photoPriorUrl) } },
    },
    set: [...values.set, ...set],
  });

const clean = await centreCrops(folder, Number(values.images), size);
process.stdout.write(`${values.option}\tPSNR\tevaluations\tpseudo-inverse\t(${clean.length} images, ${size}x${size})\n`);
for (const value of values.values.split(",")) {
  const pipeline = await open([`${values.option}=${value}`]);
  await using session = await pipeline.open();
  const rows: { readonly restored: number; readonly pinv: number; readonly evaluations: number }[] = [];
  for (const [image, picture] of clean.entries()) {
    const y = await pipeline.degrade(picture, { seed: 0, image });
    const { image: restored, evaluations } = await session.restore(y, { image }).result;
    const pinv = await quality.measure(await pipeline.pinv(y), picture);
    rows.push({ restored: await quality.measure(restored, picture), pinv, evaluations });
  }
  const mean = (f: (row: (typeof rows)[number]) => number): string => (rows.reduce((sum, row) => sum + f(row), 0) / rows.length).toFixed(2);
  process.stdout.write(`${value}\t${mean((r) => r.restored)}\t${mean((r) => r.evaluations)}\t${mean((r) => r.pinv)}\n`);
}
