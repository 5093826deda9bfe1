import { readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import type { HostTensor } from "@leader/core";
import { psnr } from "@leader/metrics";
import { photoPriorUrl } from "@leader/prior-photo";
import { loadPipeline, readPicture, type Pipeline } from "leader";

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

/** The middle of a picture. */
function centreCrop({ shape, data }: HostTensor): HostTensor {
  const [, channels = 0, height = 0, width = 0] = shape;
  const [top, left] = [(height - size) >> 1, (width - size) >> 1];
  const crop = new Float32Array(channels * size * size);
  for (let c = 0; c < channels; c++) {
    for (let row = 0; row < size; row++) {
      const from = (c * height + top + row) * width + left;
      crop.set(data.subarray(from, from + size), (c * size + row) * size);
    }
  }
  return { shape: [1, channels, size, size], dtype: "float32", data: crop };
}

const quality = psnr();

const open = async (set: readonly string[]): Promise<Pipeline> =>
  await loadPipeline(values.pipeline, {
    defaults: {
      backend: { use: "@leader/backend-onnx#cpu" },
      denoiser: { use: "leader#onnx-file", with: { path: fileURLToPath(photoPriorUrl) } },
    },
    set: [...values.set, ...set],
  });

const names = readdirSync(folder).sort().slice(0, Number(values.images));
const clean = await Promise.all(names.map(async (name) => centreCrop((await readPicture(join(folder, name))).tensor)));
process.stdout.write(`${values.option}\tPSNR\tevaluations\tpseudo-inverse\t(${names.length} images, ${size}x${size})\n`);
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
