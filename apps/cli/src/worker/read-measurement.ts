import { defined, float32Array, type HostTensor } from "@leader/graph";
import {
  decodeNpy,
  decodePicture,
  leaderErrors,
  markOfBytes,
  readOrdinaryFile,
  givenSamples,
  pictureHandling,
  readPicture,
  visibleSamples,
  type InputMark,
  type Picture,
  type PictureHandling,
  type Pipeline,
} from "leader-restore";
import { errors } from "../error-codes.js";
import { isArray } from "../files.js";
import type { RestoreJob } from "./tasks.js";
import { warningTo, type Warn, type WarningEvent } from "./warnings.js";

/** What a restoration starts from. */
export interface ReadInputs {
  readonly y: HostTensor;
  readonly handling: PictureHandling;
  /** The samples of the file before they were a measurement. */
  readonly stored: HostTensor;
  /** 0 in the holes of the measurement. Absent: it has none. */
  readonly measured?: HostTensor;
  /** What the file was. */
  readonly mark: InputMark;
  /** The picture that the measurement was in, unless it was an array. */
  readonly picture?: Picture;
  readonly reference?: HostTensor;
}

/** Values beyond this are no measurement of a picture in [-1,1], noise included. */
const farthest = 4;

/**
 * Reads the measurement and the clean picture of a job; `emit` hears what is doubtful.
 * Errors: those of reading, `ARRAY_OUT_OF_RANGE`, `REFERENCE_SIZE`.
 */
export async function readInputs(pipeline: Pipeline, job: RestoreJob, emit: (event: WarningEvent) => void): Promise<ReadInputs> {
  const bytes = await readOrdinaryFile(job.input);
  const handling = pictureHandling(pipeline.config);
  const read = isArray(job.input)
    ? await readArray(pipeline, job, bytes, warningTo(emit))
    : await readFromPicture(pipeline, job, bytes, handling);
  const reference = job.reference === undefined ? undefined : await readReference(pipeline, job.reference, read.y);
  return { ...read, handling, mark: markOfBytes(bytes), ...defined({ measured: await pipeline.measured(read.y), reference }) };
}

type ReadMeasurement = Pick<ReadInputs, "y" | "stored" | "picture">;

async function readFromPicture(
  pipeline: Pipeline,
  { input }: RestoreJob,
  bytes: Uint8Array,
  handling: PictureHandling,
): Promise<ReadMeasurement> {
  const picture = await decodePicture(bytes, input);
  const { samples, notes } = givenSamples(picture, handling);
  const y = await pipeline.measurementFromPicture(samples);
  return { y, stored: picture.tensor, picture: { ...picture, notes: [...picture.notes, ...notes] } };
}

async function readArray(pipeline: Pipeline, { input, range }: RestoreJob, bytes: Uint8Array, warn: Warn): Promise<ReadMeasurement> {
  const { shape, data } = decodeNpy(bytes, input);
  const [low, high] = range ?? [-1, 1];
  const values = float32Array(data.length, (i) => (2 * (data[i]! - low)) / (high - low) - 1);
  const stored: HostTensor = { shape, dtype: "float32", data: values };
  const y = await pipeline.measurementFromArray(stored);
  if (!looksLike(y, (await pipeline.imageFor(y)).shape)) return { y, stored };
  requireEngineRange(y, input);
  if (range === undefined && isHardlyNegative(y)) {
    const { code, message, hint } = errors.ARRAY_HARDLY_NEGATIVE({ file: input });
    warn(code, `${message}; ${hint}`);
  }
  return { y, stored };
}

/** A picture in [-1,1] that is brighter than middle grey almost everywhere is more often one in [0,1], noise included. */
function isHardlyNegative({ data }: HostTensor): boolean {
  let below = 0;
  for (const value of data) if (value < -0.1) below++;
  return below < 0.02 * data.length;
}

/** Errors: `ARRAY_OUT_OF_RANGE`. */
function requireEngineRange({ data }: HostTensor, file: string): void {
  let [low, high] = [Infinity, -Infinity];
  for (const value of data) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  if (low < -farthest || high > farthest) throw leaderErrors.ARRAY_OUT_OF_RANGE({ file, low, high });
}

/** True for a measurement that is a picture of the same frame. */
function looksLike({ shape }: HostTensor, image: readonly number[]): boolean {
  const [, , height = 0, width = 0] = shape;
  return shape.length === 4 && height * image[3]! === width * image[2]!;
}

/** The clean picture in the channels of the result; its size is compared before anything is computed. Errors: `REFERENCE_SIZE`. */
async function readReference(pipeline: Pipeline, path: string, y: HostTensor): Promise<HostTensor> {
  const tensor = visibleSamples(await readPicture(path));
  const { shape } = await pipeline.imageFor(y);
  const [n = 1, channels = 1, height = 0, width = 0] = tensor.shape;
  if (height !== shape[2] || width !== shape[3]) {
    throw errors.REFERENCE_SIZE({ path, received: [height, width], expected: [shape[2]!, shape[3]!] });
  }
  if (channels !== 1 || shape[1] === 1) return tensor;
  const data = float32Array(shape[1]! * height * width, (i) => tensor.data[i % (height * width)]!);
  return { shape: [n, shape[1]!, height, width], dtype: "float32", data };
}
