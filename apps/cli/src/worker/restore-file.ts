import type { Aval, HostTensor } from "@leader/graph";
import { defined } from "@leader/graph/records";
import {
  addSeconds,
  asMeasured,
  carriesRecord,
  contentKey,
  formatOf,
  lossesOf,
  pictureHandling,
  pictureSizeOf,
  recordText,
  resultPicture,
  writeNpy,
  writePicture,
  writeRecordBeside,
  writingBytes,
  type Picture,
  type PictureHandling,
  type PictureSize,
  type Session,
  type Pipeline,
  type RestoreResult,
  type RestoreWay,
  type Spread,
  SpreadMeter,
  withRestoredAlpha,
} from "leader-restore";
import { errors } from "../error-codes.js";
import { isArray } from "../files.js";
import { interimOf, removeInterim } from "../interim.js";
import type { RunRecorder } from "../report/run-recorder.js";
import type { OpenPipeline } from "./open-pipeline.js";
import { sampleNames } from "../sample-names.js";
import { psnrOf } from "./psnr-of.js";
import { readInputs, type ReadInputs } from "./read-measurement.js";
import type { RestoreFacts, RestoreJob } from "./tasks.js";
import { withSigns } from "../telling/signs-of-life.js";
import type { Ways } from "../telling/ways.js";

/** A job whose picture has its number. */
type NumberedJob = RestoreJob & { readonly image: number };

type Cost = Pick<RestoreResult, "evaluations" | "seconds">;

/** What is sampled, and beside which result its state is kept. */
interface Sampled {
  readonly image: number;
  readonly seed: number | undefined;
  readonly output?: string;
}

/** Reads one input, restores it, and writes the result and its report. Every pixel stays in this process. */
export async function restoreFile(opened: OpenPipeline, job: RestoreJob, ways: Ways): Promise<RestoreFacts> {
  const { emit } = ways;
  const { pipeline } = opened;
  const planned = await planFor(opened, job, emit);
  const given = await readInputs(pipeline, job, emit);
  const way = isArray(job.input) ? await wayOfArray(opened, job, planned, given.y) : planned;
  const image = job.image ?? contentKey(given.y);
  const recorder = job.report === undefined ? undefined : await recorderOf(pipeline, { ...job, image }, given);
  const missing = await pipeline.missingShare(given.y);
  const count = job.samples ?? 1;
  const { samples: files, mean, deviation } = sampleNames(job.output, count);
  const meter = count === 1 ? undefined : new SpreadMeter();
  const others: Cost[] = [];
  const read = job.restoreAlpha === true ? await withAlpha(opened, job, given, way, ways, (cost) => others.push(cost)) : given;
  // The result itself comes last: whoever finds it finds all that stands beside it.
  for (let k = count - 1; k > 0; k--) {
    const other = { ...job, output: files[k]!, image: image + k };
    const result = asSeen(await sample(opened, { ...other, seed: job.seed }, read, way, ways), read, job);
    others.push(result);
    meter?.add(result.image);
    await writing(emit, () => writeResult(other, result, read));
    await removeInterim(other.output);
  }
  // Whoever asks for parts and for a report is told that it takes the picture whole.
  const asked = { ...way, ...defined({ parts: job.parts }) };
  const result = asSeen(await sample(opened, { ...job, seed: job.seed, image }, read, asked, ways, recorder), read, job);
  meter?.add(result.image);
  const spread = meter?.finish();
  const notes = await writing(emit, async () => {
    if (spread !== undefined) {
      const { writeDeviation } = await import("./spread-files.js");
      await writeResult({ ...job, output: mean, record: "none" }, { ...result, image: spread.mean }, read);
      await writeDeviation(deviation, { ...spread, deviation: asMeasured(spread.deviation, read.stored, read.y) }, job.overwrite);
    }
    return await writeResult(job, result, read);
  });
  await removeInterim(job.output);
  const { outcome, reason, backend, noise, made, expectedMemoryMiB } = result;
  return {
    outcome,
    reason,
    evaluations: others.reduce((sum, { evaluations }) => sum + evaluations, result.evaluations),
    seconds: others.reduce((sum, { seconds }) => addSeconds(sum, seconds), result.seconds),
    expectedMemoryMiB,
    // Reading and writing may take more than computing.
    peakMemoryMiB: process.resourceUsage().maxRSS / 1024,
    backend,
    noise,
    made,
    missing,
    notes: [...cutNotes(result), ...notes],
    ...defined({
      psnr: read.reference && (await psnrOf(result.image, read.reference)),
      spread: spread && (await (await import("./spread-files.js")).spreadFacts(spread, read.reference)),
      page: recorder && (await pageOf(job, recorder, result, spread)),
    }),
  };
}

/** A result whose channels are equal if it stays grey, where there are figures or reports to be of what is written. */
function asSeen(result: RestoreResult, { stored, y }: ReadInputs, { samples = 1, report, reference }: RestoreJob): RestoreResult {
  if (samples === 1 && report === undefined && reference === undefined) return result;
  return { ...result, image: asMeasured(result.image, stored, y, result.image.shape[1]) };
}

/** What is read, with its transparency restored: the same for every sample, since its noise is keyed by its own content. */
async function withAlpha(
  opened: OpenPipeline,
  { seed }: RestoreJob,
  read: ReadInputs,
  way: RestoreWay,
  ways: Ways,
  count: (cost: Cost) => void,
): Promise<ReadInputs> {
  const { pipeline } = opened;
  if (read.picture === undefined) return read;
  const picture = await withRestoredAlpha(read.picture, read.handling, async (grey) => {
    const y = await pipeline.measurementFromPicture(grey);
    const result = await sample(opened, { image: contentKey(y), seed }, { y }, way, ways);
    count(result);
    return result.image;
  });
  return { ...read, picture };
}

/** One restoration of an input, with the noise of its number. */
async function sample(
  opened: OpenPipeline,
  { image, output, seed }: Sampled,
  { y }: Pick<ReadInputs, "y">,
  way: RestoreWay,
  { emit, signal }: Ways,
  recorder?: RunRecorder,
): Promise<RestoreResult> {
  const session = await opened.session();
  const run = session.restore(y, {
    image,
    ...way,
    ...defined({ interim: output === undefined ? undefined : interimOf(output), signal, seed, record: recorder && {} }),
  });
  for await (const event of run.events) {
    recorder?.event(event);
    emit(event);
  }
  return await run.result.catch(async (error: unknown) => {
    await opened.closeSession();
    throw error;
  });
}

/** An encoder that says nothing for half an hour hangs. */
const mostSigns = 180;

/** Encoding a large picture takes minutes on a busy machine. */
const writing = <T>(emit: Ways["emit"], work: () => Promise<T>): Promise<T> => withSigns(emit, "writing", work, mostSigns);

function cutNotes({ parts, resumed, made }: RestoreResult): readonly string[] {
  const { tile } = made.way;
  return [
    ...(tile === undefined ? [] : [`the network in tiles of ${tile} x ${tile}`]),
    ...(parts === undefined ? [] : [`in ${parts.count} parts of ${parts.width} x ${parts.height}`]),
    ...(resumed === undefined ? [] : [`went on after ${parts === undefined ? "" : `${resumed.parts} parts and `}${resumed.step} steps`]),
  ];
}

/**
 * How a picture is to be restored, with the memory that writing its result takes. Refuses one for which there is too little before it is
 * read: its size stands at the beginning of its file. Errors: `MEMORY_TOO_SMALL`.
 */
async function planFor(opened: OpenPipeline, job: RestoreJob, emit: Ways["emit"]): Promise<RestoreWay> {
  const { input, parts, tile, report } = job;
  const way = defined({ parts: report === undefined ? parts : ("off" as const), tile });
  if (isArray(input)) return way;
  const source = await pictureSizeOf(input);
  const handling = pictureHandling(opened.pipeline.config);
  const session = await opened.session();
  try {
    const { measurement, shape } = await typesFor(session, source, handling);
    const planned = { ...way, afterwardsMiB: afterwardsMiB(job, { ...source, hasAlpha: source.hasAlpha && !handling.filled }, shape) };
    await session.plan(measurement, planned, emit);
    return planned;
  } catch (error) {
    // What does not fit is told by what reads the picture, which may also convert it.
    if (error instanceof Error && "code" in error && error.code === "LEADER_MEMORY_TOO_SMALL") throw error;
    return way;
  }
}

/** The same for an array, whose size is known once it is read: what does not fit is refused before it is computed. */
async function wayOfArray(opened: OpenPipeline, job: RestoreJob, way: RestoreWay, { shape, dtype }: HostTensor): Promise<RestoreWay> {
  const session = await opened.session();
  const image = await session.imageFor({ shape, dtype });
  return { ...way, afterwardsMiB: afterwardsMiB(job, { bitDepth: 8, hasAlpha: false }, image.shape) };
}

/** What the figures of several samples and writing the result take. */
function afterwardsMiB(job: RestoreJob, source: Pick<PictureSize, "bitDepth" | "hasAlpha">, shape: readonly number[]): number {
  const ofSamples = (job.samples ?? 1) > 1 ? SpreadMeter.bytesFor(shape) : 0;
  const { bitDepth = source.bitDepth, output } = job;
  const format = isArray(output) ? "npy" : formatOf(output);
  return (writingBytes(format, { bitDepth, hasAlpha: source.hasAlpha, shape }) + ofSamples) / 2 ** 20;
}

/** The types of a measurement and its image by what the head of a file says. Grey is often stored in three channels. Errors: the operator's. */
async function typesFor(
  session: Session,
  { channels, height, width }: PictureSize,
  { colours }: PictureHandling,
): Promise<{ readonly measurement: Aval; readonly shape: readonly number[] }> {
  const of = async (planes: 1 | 3) => {
    const measurement = { shape: [1, planes, height, width], dtype: "float32" as const };
    // The session is asked: a second process that makes the operator would read its mask again.
    return { measurement, shape: (await session.imageFor(measurement)).shape };
  };
  if (colours || channels === 1) return await of(1);
  return await of(3).catch(async (error: unknown) => {
    return await of(1).catch(() => {
      throw error;
    });
  });
}

/** Writes the result as a picture of the kind that the source is, with the record of what made it; returns what is lost by that. */
async function writeResult(job: RestoreJob, { image, made }: RestoreResult, read: ReadInputs): Promise<readonly string[]> {
  const { output, overwrite } = job;
  const { picture, mark } = read;
  const place = job.record ?? (job.strip === true ? "none" : "inside");
  const record = place === "none" ? undefined : (job.recordText ?? recordText(mark, handlingOf(job), made));
  if (isArray(output)) {
    await writeNpy(output, asMeasured(image, read.stored, read.y), { overwrite });
    if (record !== undefined) await writeRecordBeside(output, record);
    return notesOf(picture, "npy", { ...defined({ alpha: picture?.alpha }) });
  }
  if (image.shape[1] !== 1 && image.shape[1] !== 3) throw errors.NOT_A_PICTURE({ path: output, shape: image.shape });
  const metadata = picture?.metadata ?? {};
  const carried = place === "inside" && carriesRecord(formatOf(output), { ...metadata, ...defined({ record }) });
  const { tensor, options, notes } = pictureOf(job, image, read, carried ? record : undefined);
  // A report and figures are made of the result after it was written.
  const consume = job.report === undefined && job.reference === undefined;
  const written = { ...options, ...defined({ quality: job.fileQuality, bitDepth: job.bitDepth }), overwrite, consume };
  await writePicture(output, tensor, written);
  if (record !== undefined && !carried) await writeRecordBeside(output, record);
  return notes;
}

interface WrittenPicture extends ReturnType<typeof resultPicture> {
  readonly notes: readonly string[];
}

function pictureOf(job: RestoreJob, image: HostTensor, read: ReadInputs, record: string | undefined): WrittenPicture {
  const { output, strip = false, restoreAlpha = false } = job;
  const { picture: source, stored, measured, y: measurement, handling } = read;
  if (source === undefined) {
    return { tensor: asMeasured(image, stored, measurement), options: record === undefined ? {} : { metadata: { record } }, notes: [] };
  }
  // Transparency that was restored was filled too.
  const holes = restoreAlpha ? undefined : measured;
  const made = resultPicture(image, source, { strip, filled: handling.filled, measurement, ...defined({ measured: holes, record }) });
  return { ...made, notes: notesOf(source, formatOf(output), made.options) };
}

/** What reading changed and writing loses, in words. */
const notesOf = (source: Picture | undefined, format: Parameters<typeof lossesOf>[0], options: Parameters<typeof lossesOf>[1]) => [
  ...(source?.notes ?? []),
  ...lossesOf(format, options),
];

/** How the input was read and the result is written, as far as that is not the rule. */
const handlingOf = ({ range, fileQuality: quality, strip, bitDepth, restoreAlpha }: RestoreJob): Parameters<typeof recordText>[1] => ({
  range,
  quality,
  bitDepth,
  strip: strip === true ? true : undefined,
  restoreAlpha,
});

// What makes reports is loaded only where one is wanted.
async function recorderOf(pipeline: Pipeline, { input, image }: NumberedJob, { y, reference }: ReadInputs): Promise<RunRecorder> {
  const { RunRecorder } = await import("../report/run-recorder.js");
  return new RunRecorder({ input, pipeline, image, measurement: y, reference });
}

async function pageOf({ report }: RestoreJob, recorder: RunRecorder, result: RestoreResult, spread: Spread | undefined): Promise<string> {
  const { writeReport } = await import("../report/report-plan.js");
  return await writeReport(report!, await recorder.finish(result, spread));
}
