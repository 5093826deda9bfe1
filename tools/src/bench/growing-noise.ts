import { parseArgs } from "node:util";
import type { HostTensor } from "@leader/graph";
import { psnr } from "@leader/metrics";
import {
  contentKey,
  createPipeline,
  estimateGrowingNoise,
  estimateNoise,
  isTaskQuality,
  pipelineOfTask,
  varianceAt,
  type NoiseLevel,
} from "leader-restore";
import { photoDefaults } from "../photo-pipeline.js";
import { centreCrops, pictures as wholePictures } from "../pictures.js";
import { withNoise } from "./with-noise.js";

/**
 * `leader denoise` on noise that is even or grows with brightness: mean PSNR over crops of the pictures of a folder at the known level of even
 * noise (of noise that grows, the level that is estimated of it as even), at the known noise, and at what is estimated; and the errors of the
 * estimate over the tones of each picture. Ends with 1 where the estimate loses more than 0.2 dB of even noise or 0.3 dB of noise that grows, or where
 * it finds growth in even noise.
 *
 *     npm run bench:growing-noise -- FOLDER [--images 24] [--size 128] [--noises 5,15,25,50,2..25,5..40,10..15] [--quality normal] [--clip] [--whole 0]
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    images: { type: "string", default: "24" },
    size: { type: "string", default: "128" },
    noises: { type: "string", default: "5,15,25,50,2..25,5..40,10..15" },
    quality: { type: "string", default: "normal" },
    clip: { type: "boolean", default: false },
    whole: { type: "string", default: "0" },
  },
});
const [folder] = positionals;
const { clip, quality } = values;
if (folder === undefined) throw new Error("name a folder of photographs");
if (!isTaskQuality(quality)) throw new Error("--quality is draft, normal or best");

interface Case {
  readonly name: string;
  /** Of 255. */
  readonly black: number;
  readonly white: number;
}

const cases = values.noises.split(",").map((name): Case => {
  const [black = 0, white = black] = name.split("..").map(Number);
  return { name, black, white };
});
const grows = ({ black, white }: Case): boolean => white > black;
const knownOf = ({ black, white }: Case): NoiseLevel => (black === white ? black / 255 : { black: black / 255, white: white / 255 });

const metric = psnr();
const pictures = await centreCrops(folder, Number(values.images), Number(values.size));
const whole = Number(values.whole) === 0 ? [] : await wholePictures(folder, Number(values.whole));

/** As pictures are stored in 8 bits, where that is asked for. */
const stored = (value: number): number => (clip ? Math.round(Math.min(1, Math.max(-1, value)) * 127.5 + 127.5) / 127.5 - 1 : value);

function noisy(clean: HostTensor, one: Case): HostTensor {
  const y = withNoise(clean, knownOf(one));
  return { ...y, data: y.data.map(stored) };
}

const open = async (noise: NoiseLevel | "auto") => {
  const pipeline = await createPipeline(pipelineOfTask({ task: "denoise", noise, quality }), { defaults: photoDefaults() });
  return await pipeline.open({ isolate: false });
};

interface Run {
  readonly decibel: number;
  readonly noise: NoiseLevel;
}

/** What comes of each picture, in one session. */
async function restored(one: Case, noise: NoiseLevel | "auto"): Promise<readonly Run[]> {
  await using session = await open(noise);
  const runs: Run[] = [];
  for (const clean of pictures) {
    const y = noisy(clean, one);
    const result = await session.restore(y, { image: contentKey(y) }).result;
    runs.push({ decibel: await metric.measure(result.image, clean), noise: result.noise });
  }
  return runs;
}

/** With the level that each picture seems to have, if its noise is taken for even. */
async function restoredAsEven(one: Case): Promise<readonly Run[]> {
  const runs: Run[] = [];
  for (const clean of pictures) {
    const y = noisy(clean, one);
    const noise = estimateNoise(y);
    await using session = await open(noise);
    const { image } = await session.restore(y, { image: contentKey(y) }).result;
    runs.push({ decibel: await metric.measure(image, clean), noise });
  }
  return runs;
}

const meanOf = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
const ends = (noise: NoiseLevel): { readonly black: number; readonly white: number } =>
  typeof noise === "number" ? { black: noise, white: noise } : noise;

/** How far an estimate is off over the tones of a picture: the root of the mean square of the relative error of the deviation. */
function errorOver({ data }: HostTensor, one: Case, found: NoiseLevel): number {
  const known = knownOf(one);
  let sum = 0;
  for (const value of data) {
    const brightness = (value + 1) / 2;
    sum += (Math.sqrt(varianceAt(found, brightness) / varianceAt(known, brightness)) - 1) ** 2;
  }
  return Math.sqrt(sum / data.length);
}

const medianOf = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1]!;

/** The median estimate in black and in white of 255, and how far estimates are off. */
function estimates(all: readonly HostTensor[], found: readonly NoiseLevel[], one: Case): string {
  const [black, white] = (["black", "white"] as const).map((end) => medianOf(found.map((noise) => 255 * ends(noise)[end])).toFixed(1));
  const errors = found.map((noise, i) => 100 * errorOver(all[i]!, one, noise));
  const off = `${medianOf(errors).toFixed(1)} %, ${Math.max(...errors).toFixed(1)} %`;
  return `${found.filter((noise) => typeof noise !== "number").length} of ${found.length} | ${black}..${white} | ${off}`;
}

process.stdout.write(
  `${pictures.length} crops of ${values.size} x ${values.size}${clip ? ", stored in 8 bits" : ""}\n| noise of 255 | noisy | as even | known | estimated | grows | median estimate | median, largest error |\n| --- | --- | --- | --- | --- | --- | --- | --- |\n`,
);
for (const one of cases) {
  const before = await Promise.all(pictures.map(async (clean) => await metric.measure(noisy(clean, one), clean)));
  const known = await restored(one, knownOf(one));
  const even = grows(one) ? await restoredAsEven(one) : known;
  const estimated = await restored(one, "auto");
  const means = [even, known, estimated].map((runs) => meanOf(runs.map(({ decibel }) => decibel)));
  const seen = whole.length === 0 ? pictures : whole;
  const found = whole.length === 0 ? estimated.map(({ noise }) => noise) : whole.map((clean) => estimateGrowingNoise(noisy(clean, one)));
  const cells = [meanOf(before), ...means].map((value) => value.toFixed(2)).join(" | ");
  process.stdout.write(`| ${one.name} | ${cells} | ${estimates(seen, found, one)} |\n`);
  const [, stated = 0, guessed = 0] = means;
  if (guessed < stated - (grows(one) ? 0.3 : 0.2)) process.exitCode = 1;
  if (!grows(one) && found.some((noise) => typeof noise !== "number")) process.exitCode = 1;
}
