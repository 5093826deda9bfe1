import { parseArgs } from "node:util";
import type { HostTensor } from "@leader/graph";
import { psnr } from "@leader/metrics";
import { contentKey, createPipeline, estimateNoise, isTaskQuality, pipelineOfTask, type Pipeline } from "leader-restore";
import { photoDefaults } from "../photo-pipeline.js";
import { centreCrops, pictures as wholePictures } from "../pictures.js";
import { nonLocalMeans } from "./non-local-means.js";
import { withNoise } from "./with-noise.js";

/**
 * Denoising as `leader denoise` does it, at the estimated and at the true level of the noise, beside non-local means with the strength that
 * is best on tuning pictures: mean PSNR over crops of the pictures of a folder, and the errors of the estimate on the whole pictures. Ends
 * with 1 where the estimate costs more than 0.2 dB, where non-local means is better, where the median of the errors is more than 5 %, or,
 * with noise above 10 of 255, the largest more than 20 %.
 *
 *     npm run bench:denoising -- FOLDER --tune TUNING_FOLDER [--images 24] [--size 128] [--sigmas 5,15,25,50] [--quality normal]
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    tune: { type: "string" },
    images: { type: "string", default: "24" },
    size: { type: "string", default: "128" },
    sigmas: { type: "string", default: "5,15,25,50" },
    quality: { type: "string", default: "normal" },
  },
});
const [folder] = positionals;
const { tune, quality } = values;
if (folder === undefined || tune === undefined) throw new Error("name a folder of photographs, and with --tune another one to tune on");
if (!isTaskQuality(quality)) throw new Error("--quality is draft, normal or best");

/** Shares of sigma, around those of the authors. */
const strengths = [0.4, 0.55, 0.7, 0.9, 1.2] as const;
/** The sizes that the authors give for colour pictures of this noise. */
const reach = (sigma: number): { readonly patch: number; readonly search: number } =>
  sigma <= 25 ? { patch: 1, search: 10 } : { patch: 2, search: 17 };

const metric = psnr();
const size = Number(values.size);
const pictures = await centreCrops(folder, Number(values.images), size);
const whole = await wholePictures(folder, Number(values.images));
const tuning = await centreCrops(tune, 4, size);

const noisy = (clean: HostTensor, sigma: number): HostTensor => withNoise(clean, sigma / 255);

const open = async (noise: number | "auto"): Promise<Pipeline> =>
  await createPipeline(pipelineOfTask({ task: "denoise", noise, quality }), { defaults: photoDefaults() });

async function meanPsnr(all: readonly HostTensor[], restore: (clean: HostTensor) => Promise<HostTensor>): Promise<number> {
  let sum = 0;
  for (const clean of all) sum += await metric.measure(await restore(clean), clean);
  return sum / all.length;
}

async function restored(noise: number | "auto", sigma: number): Promise<number> {
  await using session = await (await open(noise)).open({ isolate: false });
  return await meanPsnr(pictures, async (clean) => {
    const y = noisy(clean, sigma);
    return (await session.restore(y, { image: contentKey(y) }).result).image;
  });
}

/** Relative errors of the estimate on the whole pictures, ascending. */
const errorsOfEstimates = (sigma: number): readonly number[] =>
  whole.map((clean) => Math.abs((estimateNoise(noisy(clean, sigma)) * 255) / sigma - 1)).sort((a, b) => a - b);

async function tunedStrength(sigma: number): Promise<number> {
  const worth = new Map<number, number>();
  for (const strength of strengths)
    worth.set(strength, await meanPsnr(tuning, (clean) => Promise.resolve(averaged(clean, sigma, strength))));
  return [...worth].reduce((best, one) => (one[1] > best[1] ? one : best))[0];
}

const averaged = (clean: HostTensor, sigma: number, strength: number): HostTensor =>
  nonLocalMeans(noisy(clean, sigma), { sigma: (2 * sigma) / 255, strength, ...reach(sigma) });

process.stdout.write(
  `${pictures.length} crops of ${size} x ${size}; estimates on the whole pictures\n| sigma | noisy | non-local means (h) | LEADer, noise known | noise estimated | median, largest error of the estimate |\n| --- | --- | --- | --- | --- | --- |\n`,
);
for (const sigma of values.sigmas.split(",").map(Number)) {
  const strength = await tunedStrength(sigma);
  const before = await meanPsnr(pictures, (clean) => Promise.resolve(noisy(clean, sigma)));
  const means = await meanPsnr(pictures, (clean) => Promise.resolve(averaged(clean, sigma, strength)));
  const known = await restored(sigma / 255, sigma);
  const estimated = await restored("auto", sigma);
  const errors = errorsOfEstimates(sigma);
  const [median, largest] = [errors[errors.length >> 1]!, errors.at(-1)!];
  const [plain, other, stated, guessed] = [before, means, known, estimated].map((value) => value.toFixed(2));
  const cells = [plain, `${other} (${strength} sigma)`, stated, guessed, `${(100 * median).toFixed(1)} %, ${(100 * largest).toFixed(1)} %`];
  process.stdout.write(`| ${sigma} | ${cells.join(" | ")} |\n`);
  if (estimated < means || estimated < known - 0.2) process.exitCode = 1;
  if (median > 0.05 || (sigma > 10 && largest > 0.2)) process.exitCode = 1;
}
