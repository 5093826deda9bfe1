import sharp from "sharp";
import type { PipelineEvent } from "@leader/core";
import { defined, float32Array, type HostTensor } from "@leader/graph";
import {
  contentKey,
  decodePicture,
  encodeNpy,
  encodePicture,
  markOfBytes,
  recordText,
  resultPicture,
  givenSamples,
  pictureHandling,
  writingBytes,
  type Pipeline,
  type RecordedFrame,
  type RestoreResult,
} from "leader-restore";
import { errors } from "../error-codes.js";
import type { OpenPipelines } from "./open-pipelines.js";
import { StepNotes } from "./step-notes.js";
import type { PreviewEvent, Restoration, RestorationReport, RestoredFiles, UncertaintyMap } from "./protocol.js";

/** Longest side of previews. */
const previewSide = 512;
/** Longest side of the map of uncertainty; a larger one is thinned out. */
const mapSide = 2048;

/** Decodes, restores and encodes one picture. Errors: coded, those of reading and of the run. */
export async function restore(
  opened: OpenPipelines,
  job: Restoration,
  emit: (event: unknown) => void,
  signal: AbortSignal,
): Promise<RestoredFiles> {
  const pipeline = await opened.pipeline(job.pipeline);
  const picture = await decodePicture(job.picture, "the picture");
  const handling = pictureHandling(pipeline.config);
  const { samples, notes: leftOut } = givenSamples(picture, handling);
  const y = await measurementOf(pipeline, samples, job);
  const missing = await pipeline.missingShare(y);
  const session = await opened.session(job.pipeline);
  const { shape } = await session.imageFor({ shape: y.shape, dtype: y.dtype });
  const written = { shape, bitDepth: picture.bitDepth, hasAlpha: picture.alpha !== undefined && !handling.filled };
  const run = session.restore(y, {
    image: contentKey(y),
    signal,
    afterwardsMiB: writingBytes("png", written) / 2 ** 20,
    ...defined({ seed: job.seed, previewEvery: job.previewEvery }),
    ...(job.uncertainty ? { record: { frames: 2, side: mapSide } } : {}),
  });
  const notes = new StepNotes();
  for await (const event of run.events) {
    notes.see(event);
    emit(event.type === "preview" ? await encodedPreview(event) : event);
  }
  const result = await run.result.catch(async (error: unknown) => {
    if (!signal.aborted) await opened.forget(job.pipeline);
    throw error;
  });
  const record = recordText(markOfBytes(job.picture), {}, result.made);
  const how = { measurement: y, filled: handling.filled, record, ...defined({ measured: await pipeline.measured(y) }) };
  const { tensor, options } = resultPicture(result.image, picture, how);
  const map = job.uncertainty ? await uncertaintyMap(result) : undefined;
  return {
    picture: await encodePicture("png", tensor, options),
    report: { ...reportOf(pipeline, [...picture.notes, ...leftOut], result, missing), steps: notes.addTo(result.steps) },
    ...defined({ uncertainty: map }),
  };
}

/** The size was checked from the head of the file; what was decoded must keep to it. */
async function measurementOf(pipeline: Pipeline, samples: HostTensor, { pixels }: Restoration): Promise<HostTensor> {
  const [, , height = 0, width = 0] = samples.shape;
  if (height * width > pixels) throw errors.PIXELS({ what: "the picture", width, height, limit: pixels });
  return await pipeline.measurementFromPicture(samples);
}

async function encodedPreview({ step, width, height, rgb }: Extract<PipelineEvent, { type: "preview" }>): Promise<PreviewEvent> {
  const webp = await sharp(rgb, { raw: { width, height, channels: 3 } })
    .resize({ width: previewSide, height: previewSide, fit: "inside", withoutEnlargement: true })
    .webp({ quality: 80, effort: 1 })
    .toBuffer();
  return { type: "preview", step, width, height, webp };
}

function reportOf(pipeline: Pipeline, notes: readonly string[], result: RestoreResult, missing: number): Omit<RestorationReport, "steps"> {
  const { outcome, reason, evaluations, seconds, peakMemoryMiB, backend, noise, image } = result;
  return {
    outcome,
    reason,
    width: image.shape[3]!,
    height: image.shape[2]!,
    evaluations,
    seconds,
    peakMemoryMiB,
    backend,
    noise,
    missing,
    notes,
    plugins: pipeline.plugins.map(({ name, version }) => `${name}@${version}`),
  };
}

/** The standard deviation that the last step predicted, the mean over the channels of its variance, for images in [0,1]. */
async function uncertaintyMap({ frames }: RestoreResult): Promise<UncertaintyMap | undefined> {
  const last: RecordedFrame | undefined = frames?.at(-1);
  if (last?.variance === undefined) return undefined;
  const [, , height = 1, width = 1] = last.x0.shape;
  const deviation = deviationOf(last.variance, height, width);
  const largest = deviation.reduce((most, value) => Math.max(most, value), 0);
  const grey = Uint8Array.from(deviation, (value) => (largest === 0 ? 0 : Math.round((255 * value) / largest)));
  const picture = await sharp(grey, { raw: { width, height, channels: 1 } })
    .png()
    .toBuffer();
  return { array: encodeNpy({ shape: [height, width], dtype: "float32", data: deviation }), picture, largest };
}

/** Engine units span two, images in [0,1] one. An estimator may give one number for all pixels. */
function deviationOf({ shape, data }: HostTensor, height: number, width: number): Float32Array {
  const [, channels = 1] = shape;
  const plane = data.length / channels;
  return float32Array(height * width, (i) => {
    let sum = 0;
    for (let c = 0; c < channels; c++) sum += data[c * plane + (i % plane)]!;
    return Math.sqrt(Math.max(0, sum / channels)) / 2;
  });
}
