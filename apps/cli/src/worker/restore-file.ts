import { extname } from "node:path";
import type { HostTensor } from "@leader/graph";
import { psnr } from "@leader/metrics";
import { readNpy, readPicture, writeNpy, writePicture, type Picture, type Pipeline, type RestoreResult } from "leader-restore";
import { errors } from "../error-codes.js";
import type { RunRecorder } from "../report/run-recorder.js";
import type { OpenPipeline } from "./open-pipeline.js";
import type { RestoreFacts, RestoreJob } from "./tasks.js";
import type { Ways } from "./ways.js";

interface Read {
  readonly y: HostTensor;
  /** The picture that the measurement was in, unless it was an array. */
  readonly picture?: Picture;
  readonly reference?: HostTensor;
}

/** Reads one input, restores it, and writes the result and its report. Every pixel stays in this process. */
export async function restoreFile(opened: OpenPipeline, job: RestoreJob, { emit, signal }: Ways): Promise<RestoreFacts> {
  const { pipeline } = opened;
  const read = await readInputs(pipeline, job);
  const recorder = job.report === undefined ? undefined : await recorderOf(pipeline, job, read);
  const session = await opened.session();
  const run = session.restore(read.y, {
    image: job.image,
    ...(signal === undefined ? {} : { signal }),
    ...(job.seed === undefined ? {} : { seed: job.seed }),
    ...(recorder === undefined ? {} : { record: {} }),
  });
  for await (const event of run.events) {
    recorder?.event(event);
    emit(event);
  }
  const result = await run.result.catch(async (error: unknown) => {
    await opened.closeSession();
    throw error;
  });
  await writeResult(job, result.image, read.picture);
  const { outcome, reason, evaluations, seconds, peakMemoryMiB, backend } = result;
  return {
    outcome,
    reason,
    evaluations,
    seconds,
    peakMemoryMiB,
    backend,
    ...(read.reference === undefined ? {} : { psnr: await psnr().measure(result.image, read.reference) }),
    ...(recorder === undefined ? {} : { page: await pageOf(job, recorder, result) }),
  };
}

async function readInputs(pipeline: Pipeline, { input, reference }: RestoreJob): Promise<Read> {
  const clean = reference === undefined ? {} : { reference: (await readPicture(reference)).tensor };
  if (extname(input).toLowerCase() === ".npy") return { y: await pipeline.measurementFromArray(await readNpy(input)), ...clean };
  const picture = await readPicture(input);
  return { y: await pipeline.measurementFromPicture(picture.tensor), picture, ...clean };
}

async function writeResult({ output, overwrite }: RestoreJob, image: HostTensor, source: Picture | undefined): Promise<void> {
  if (extname(output).toLowerCase() === ".npy") {
    await writeNpy(output, image, { overwrite });
    return;
  }
  if (image.shape[1] !== 1 && image.shape[1] !== 3) throw errors.NOT_A_PICTURE({ path: output, shape: image.shape });
  await writePicture(output, image, {
    bitDepth: source?.bitDepth ?? 8,
    overwrite,
    ...(source?.alpha === undefined ? {} : { alpha: source.alpha }),
  });
}

// What makes reports is loaded only where one is wanted.
async function recorderOf(pipeline: Pipeline, { input, image }: RestoreJob, { y, reference }: Read): Promise<RunRecorder> {
  const { RunRecorder } = await import("../report/run-recorder.js");
  return new RunRecorder({ input, pipeline, image, measurement: y, reference });
}

async function pageOf({ report }: RestoreJob, recorder: RunRecorder, result: RestoreResult): Promise<string> {
  const { writeReport } = await import("../report/report-plan.js");
  return await writeReport(report!, await recorder.finish(result));
}
