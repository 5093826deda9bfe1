import { immediateNoise, runSampler, toEngineNoise, type NoiseSource, type SamplerRun } from "@leader/core";
import { defined, sizeOf, type Aval, type HostTensor } from "@leader/graph";
import type { NoiseLevel } from "../../noise/noise-level.js";
import { evenLevel } from "../../noise/stabilise.js";
import type { Blueprint } from "../config/blueprint.js";
import type { Evening } from "./evening.js";
import { guardScheduler } from "./guard-scheduler.js";
import type { Interim } from "./interim.js";
import { targetOf } from "./memory-plan.js";
import { PartNoise } from "./part-noise.js";
import { cropPart, PartCanvas, rowsOfPart, type PartPlan } from "./parts.js";
import type { Sampled } from "./sampled.js";
import type { Prepared, SamplerStore, SamplerTarget } from "./sampler-store.js";
import type { Sizing } from "./sizing.js";
import type { SmallPicture } from "./small-picture.js";

/** One measurement to sample for. */
export interface Sampling extends Pick<SamplerRun, "y" | "seed" | "firstImage" | "signal" | "preview" | "inspect"> {
  readonly image: Aval;
  readonly noise: NoiseLevel;
  /** Present where the noise grows. */
  readonly evening?: Evening;
  readonly emit: NonNullable<SamplerRun["emit"]>;
  readonly draws?: NoiseSource;
  /** Steps of another part of the picture, which are taken in place of steps of its own. */
  readonly follows?: Sampled["steps"];
  /** Keeps what is finished of the picture. */
  readonly interim?: Interim;
  /** What is restored in place of the picture. */
  readonly small?: SmallPicture;
}

/** Samples a picture whole or part by part, once or as the mean of several draws. */
export async function sampleSized(blueprint: Blueprint, samplers: SamplerStore, sampling: Sampling, sizing: Sizing): Promise<Sampled> {
  const { meanOf: draws = 1 } = blueprint.config;
  const { plan } = sizing;
  if (sampling.small !== undefined) return await sampleSmall(blueprint, samplers, { ...sampling, small: sampling.small }, sizing);
  if (plan !== undefined) {
    return await meanOfDraws(draws, sampling, async (own, draw) => sampleParts(blueprint, samplers, own, { plan, draw, draws }));
  }
  const target = targetOf(sampling.image, sizing);
  if (draws === 1) return await sampleOne(blueprint, samplers, sampling, target);
  return await meanOfDraws(draws, sampling, keptDraws(blueprint, samplers, target, draws));
}

/** A draw of a picture that is sampled whole, as a part of it: kept when it is finished. */
const keptDraws =
  (blueprint: Blueprint, samplers: SamplerStore, target: SamplerTarget, draws: number) =>
  async (own: Sampling, draw: number): Promise<Sampled> => {
    own.emit({ type: "part-start", part: draw, parts: draws, draws });
    return await keptOrMade(own.interim, draw, () => sampleOne(blueprint, samplers, own, target, draw));
  };

/** A part that an earlier run finished, or one that is made and kept. */
async function keptOrMade(interim: Interim | undefined, index: number, make: () => Promise<Sampled>): Promise<Sampled> {
  const kept = await interim?.part(index);
  if (kept !== undefined) return kept;
  const sampled = await make();
  await interim?.keepPart(index, sampled);
  return sampled;
}

/** Draws of one picture are this far apart in number: those of pictures and samples that follow each other have numbers that do. */
const betweenDraws = 0x9e3779b1;
const imageNumbers = 2 ** 31;

/** The mean of draws of a picture; the first of them is shown while it is made. Evaluations and seconds are those of all. */
async function meanOfDraws(draws: number, sampling: Sampling, sample: (own: Sampling, draw: number) => Promise<Sampled>): Promise<Sampled> {
  const { preview: _preview, inspect: _inspect, firstImage = 0, ...others } = sampling;
  const first = await sample(sampling, 0);
  if (draws === 1) return first;
  const { shape } = first.x;
  const mean = new Float32Array(sizeOf(shape));
  const done: Omit<Sampled, "x">[] = [];
  // One picture beside the mean at a time: large ones are many megabytes.
  const take = ({ x, ...facts }: Sampled): void => {
    for (let i = 0; i < mean.length; i++) mean[i]! += x.data[i]! / draws;
    done.push(facts);
  };
  take(first);
  for (let draw = 1; draw < draws; draw++)
    take(await sample({ ...others, firstImage: (firstImage + draw * betweenDraws) % imageNumbers }, draw));
  const evaluations = done.reduce((sum, one) => sum + one.evaluations, 0);
  return { ...joinedParts(done), evaluations, x: { shape, dtype: "float32", data: mean } };
}

/** The parts of one draw of a picture, of `draws`. */
interface PartsOfDraw {
  readonly plan: PartPlan;
  readonly draw: number;
  readonly draws: number;
}

/**
 * Samples the parts of a picture one after the other and lays them over each other. Parts share the noise of the picture, number by
 * number, so that where they overlap they differ only by what they see beyond their borders. They share the steps and their shares of fresh noise too: where
 * these follow from what is restored, the part whose measurement varies most chooses them for all.
 */
async function sampleParts(
  blueprint: Blueprint,
  samplers: SamplerStore,
  sampling: Sampling,
  { plan, draw, draws: ofAll }: PartsOfDraw,
): Promise<Sampled> {
  const { image, y, emit, draws = immediateNoise, preview: _preview, ...rest } = sampling;
  const stride = image.shape[2]! / y.shape[2]!;
  const canvas = new PartCanvas(image.shape, plan);
  const { interim } = rest;
  const before = draw * plan.parts.length;
  let begun = before;
  const sampledPart = async (i: number, follows?: Sampled["steps"]): Promise<Sampled> => {
    const part = plan.parts[i]!;
    emit({ type: "part-start", part: begun++, parts: ofAll * plan.parts.length, draws: ofAll });
    return await keptOrMade(interim, before + i, () => {
      const own = { ...rest, image, emit, y: cropPart(y, part, stride), draws: new PartNoise(draws, image.shape, part, stride) };
      return sampleOne(blueprint, samplers, { ...own, ...defined({ follows }) }, { image, part }, before + i);
    });
  };
  const leading = mostVaried(y, plan, stride);
  const first = await sampledPart(leading);
  const done: Omit<Sampled, "x">[] = [];
  for (const [i, part] of plan.parts.entries()) {
    const { x, ...facts } = i === leading ? first : await sampledPart(i, first.steps);
    canvas.add(x, part);
    done.push(facts);
  }
  return { x: canvas.image, ...joinedParts(done) };
}

/** The index of the part whose measurement varies most; read in place, since all parts at once are larger than the picture. */
function mostVaried(y: HostTensor, { parts }: PartPlan, stride: number): number {
  const variances = parts.map((part) => {
    let [count, sum, squares] = [0, 0, 0];
    for (const row of rowsOfPart(y, part, stride)) {
      count += row.length;
      for (const value of row) {
        sum += value;
        squares += value ** 2;
      }
    }
    return squares / count - (sum / count) ** 2;
  });
  return variances.indexOf(Math.max(...variances));
}

/** Restores a smaller picture several times, and makes the result of the mean and the measurement. */
async function sampleSmall(
  blueprint: Blueprint,
  samplers: SamplerStore,
  sampling: Sampling & { readonly small: SmallPicture },
  { tile }: Sizing,
): Promise<Sampled> {
  const { small, preview: _preview, inspect: _inspect, ...rest } = sampling;
  const { image, y } = small;
  const draws = small.draws * (blueprint.config.meanOf ?? 1);
  const sample = keptDraws(blueprint, samplers, { image, ...defined({ tile }) }, draws);
  const sampled = await meanOfDraws(draws, { ...rest, image, y }, sample);
  return { ...sampled, x: await small.enlarge(sampled.x) };
}

/** @param index of the part; 0 for a picture as a whole */
async function sampleOne(
  blueprint: Blueprint,
  samplers: SamplerStore,
  sampling: Sampling,
  target: SamplerTarget,
  index = 0,
): Promise<Sampled> {
  const compiling = performance.now();
  const known = await samplers.has(target);
  const prepared = await samplers.prepare(target);
  const compile = known ? 0 : (performance.now() - compiling) / 1000;
  prepared.timed.take();
  const { interim, evening } = sampling;
  const kept = defined({ snapshots: interim?.keeper(index), resume: await interim?.state(index) });
  const start = performance.now();
  const run = runOf(blueprint, prepared, evening === undefined ? sampling : await evened(sampling, evening));
  const result = await runSampler(prepared.timed.sampler, { ...run, ...kept });
  const x = evening === undefined ? result.x : await evening.back(result.x);
  const spent = prepared.timed.take();
  return {
    ...result,
    x,
    seconds: { compile, sampling: (performance.now() - start) / 1000, network: spent.predict / 1000, update: spent.others / 1000 },
  };
}

/** What a sampler is given in place of a measurement whose noise grows, and what is shown of its steps. */
async function evened(sampling: Sampling, evening: Evening): Promise<Sampling> {
  const { y, preview, inspect } = sampling;
  return {
    ...sampling,
    y: await evening.even(y),
    ...defined({ preview: preview && evening.preview(preview), inspect: inspect && evening.inspect(inspect) }),
  };
}

function runOf(
  blueprint: Blueprint,
  { stages }: Prepared,
  { image: _image, interim: _interim, evening: _evening, noise, draws, follows, ...rest }: Sampling,
): SamplerRun {
  return {
    ...rest,
    schedule: stages.denoiser.schedule,
    scheduler: guardScheduler(blueprint, stages.scheduler),
    operator: stages.operator,
    sigmaY: toEngineNoise(evenLevel(noise)),
    ...defined({ noise: draws, follows }),
  };
}

/** Parts together count as one picture: the most evaluations of any, seconds of all, the steps of the first. */
function joinedParts(done: readonly Omit<Sampled, "x">[]): Omit<Sampled, "x"> {
  const [first] = done;
  if (first === undefined) throw new RangeError("a picture has at least one part");
  const sum = (name: keyof Sampled["seconds"]): number => done.reduce((total, { seconds }) => total + seconds[name], 0);
  const stopped = done.find(({ outcome }) => outcome === "stopped") ?? first;
  return {
    outcome: stopped.outcome,
    reason: stopped.reason,
    steps: first.steps,
    evaluations: Math.max(...done.map(({ evaluations }) => evaluations)),
    seconds: { compile: sum("compile"), sampling: sum("sampling"), network: sum("network"), update: sum("update") },
  };
}
