import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { resizeBicubic } from "@leader/core";
import { defined, trace, type HostTensor } from "@leader/graph";
import { evaluateGraph, toHost, toReference } from "@leader/graph/reference";
import { createOnnxBackend } from "@leader/backend-onnx";
import { lpips, psnr, type Metric } from "@leader/metrics";
import type { Pipeline } from "leader-restore";
import { openExample, photoPrior } from "../photo-pipeline.js";
import { centreCrops } from "../pictures.js";

/**
 * What a prior is worth in restoration, with and without LEADer: PSNR and LPIPS of one sample, PSNR of the mean of many, beside
 * what is there without a network (bicubic interpolation, or the blurred measurement). One sample of the posterior has up to twice the
 * squared error of its mean, so that one figure alone would not tell.
 *
 *     npm run bench:prior -- FOLDER [--images 24] [--size 256] [--samples 16] [--mean-images 8] [--prior FILE] [--lpips FILE] [--json]
 */

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    images: { type: "string", default: "24" },
    size: { type: "string", default: "256" },
    samples: { type: "string", default: "16" },
    "mean-images": { type: "string", default: "8" },
    tasks: { type: "string", default: "bicubic-x4,gaussian-deblur" },
    prior: { type: "string", default: photoPrior },
    lpips: { type: "string" },
    set: { type: "string", multiple: true, default: [] },
    json: { type: "boolean", default: false },
  },
});
const [folder] = positionals;
if (folder === undefined) throw new Error("name a folder of photographs");
const [size, samples, meanImages] = [Number(values.size), Number(values.samples), Number(values["mean-images"])];

const open = async (example: string): Promise<Pipeline> => {
  const set = values.set.filter((one) => example.endsWith("-leader") || !one.startsWith("modulator"));
  return await openExample(`${example}.yaml`, set, values.prior);
};

/** A reduced picture by bicubic interpolation; a blurred one is compared as it is. */
function withoutNetwork(y: HostTensor): HostTensor {
  const [, channels = 0, height = 0, width = 0] = y.shape;
  if (height === size && width === size) return y;
  const enlarge = trace((x) => resizeBicubic(x, [1, channels, size, size]), [{ shape: y.shape, dtype: "float32" }]);
  return toHost(evaluateGraph(enlarge, [toReference(y)])[0]!);
}

/** Mean over several samples, pixel by pixel. */
function meanOf(images: readonly HostTensor[]): HostTensor {
  const [first] = images;
  const data = new Float32Array(first!.data.length);
  for (const image of images) for (let i = 0; i < data.length; i++) data[i]! += image.data[i]! / images.length;
  return { ...first!, data };
}

const pictures = await centreCrops(folder, Number(values.images), size);
const backend = await createOnnxBackend(
  { prefer: ["cpu"], graphOptimization: "all", memoryArena: true, spinning: "during-run" },
  { warn: () => undefined },
);
const quality = psnr();
const perception: Metric | undefined = values.lpips === undefined ? undefined : lpips(readFileSync(values.lpips), values.lpips, backend);

interface Row {
  readonly task: string;
  readonly method: string;
  readonly image: number;
  readonly psnr: number;
  readonly lpips?: number;
  readonly meanPsnr?: number;
  readonly evaluations?: number;
  readonly seconds?: number;
}
const rows: Row[] = [];
function add(row: Row): void {
  rows.push(row);
  if (values.json) process.stdout.write(`${JSON.stringify(row)}\n`);
}
const judge = async (image: HostTensor, clean: HostTensor): Promise<Pick<Row, "psnr" | "lpips">> => ({
  psnr: await quality.measure(image, clean),
  ...defined({ lpips: await perception?.measure(image, clean) }),
});

for (const task of values.tasks.split(",")) {
  for (const method of [task, `${task}-leader`]) {
    const pipeline = await open(method);
    await using session = await pipeline.open();
    for (const [image, clean] of pictures.entries()) {
      const y = await pipeline.degrade(clean, { seed: 0, image });
      if (method === task) add({ task, method: "without network", image, ...(await judge(withoutNetwork(y), clean)) });
      const results = [];
      for (let seed = 0; seed < (image < meanImages ? samples : 1); seed++) results.push(await session.restore(y, { image, seed }).result);
      const [one] = results;
      add({
        task,
        method,
        image,
        ...(await judge(one!.image, clean)),
        ...(image < meanImages ? { meanPsnr: await quality.measure(meanOf(results.map((r) => r.image)), clean) } : {}),
        evaluations: one!.evaluations,
        seconds: one!.seconds.sampling,
      });
    }
  }
}
await backend[Symbol.asyncDispose]();

const average = (group: readonly Row[], key: "psnr" | "lpips" | "meanPsnr" | "evaluations" | "seconds", digits: number): string => {
  const known = group.flatMap((row) => row[key] ?? []);
  return known.length === 0 ? "" : (known.reduce((a, b) => a + b, 0) / known.length).toFixed(digits);
};
const methods = [...new Set(rows.map(({ task, method }) => `${task} | ${method}`))];
const lines = methods.map((name) => {
  const group = rows.filter(({ task, method }) => `${task} | ${method}` === name);
  const shared = group.filter(({ image }) => image < meanImages);
  return `| ${name} | ${average(group, "psnr", 2)} | ${average(shared, "psnr", 2)} | ${average(shared, "meanPsnr", 2)} | ${average(group, "lpips", 3)} | ${average(group, "evaluations", 1)} | ${average(group, "seconds", 1)} |`;
});
process.stdout.write(
  [
    `${pictures.length} centre crops of ${size}x${size}; means of ${samples} samples on the first ${Math.min(meanImages, pictures.length)}`,
    "",
    `| task | method | one sample, dB | the same, first ${meanImages} | mean of ${samples}, dB | LPIPS | evaluations | seconds |`,
    "|---|---|---|---|---|---|---|---|",
    ...lines,
    "",
  ].join("\n"),
);
