import { extname } from "node:path";
import { float32Array, type HostTensor } from "@leader/graph";
import {
  decodeNpy,
  decodePicture,
  leaderErrors,
  markOfBytes,
  readOrdinaryFile,
  givenSamples,
  pictureHandling,
  readPicture,
  type InputMark,
  type Picture,
  type PictureHandling,
  type Pipeline,
} from "leader-restore";
import { errors } from "../error-codes.js";
import type { RestoreJob } from "./tasks.js";

/** What a restoration starts from. */
export interface ReadInputs {
  readonly y: HostTensor;
  readonly handling: PictureHandling;
  /** What the file was. */
  readonly mark: InputMark;
  /** The picture that the measurement was in, unless it was an array. */
  readonly picture?: Picture;
  readonly reference?: HostTensor;
}

/** Values beyond this are no measurement of a picture in [-1,1], noise included. */
const farthest = 4;

/** Reads the measurement and the clean picture of a job. Errors: those of reading, `ARRAY_OUT_OF_RANGE`, `REFERENCE_SIZE`. */
export async function readInputs(pipeline: Pipeline, job: RestoreJob): Promise<ReadInputs> {
  const bytes = await readOrdinaryFile(job.input);
  const mark = markOfBytes(bytes);
  const isArray = extname(job.input).toLowerCase() === ".npy";
  const handling = pictureHandling(pipeline.config);
  const found = isArray ? { y: await readArray(pipeline, job, bytes) } : await readFromPicture(pipeline, job, bytes, handling);
  const read = { ...found, mark, handling };
  if (job.reference === undefined) return read;
  return { ...read, reference: await readReference(pipeline, job.reference, read.y) };
}

async function readFromPicture(
  pipeline: Pipeline,
  { input }: RestoreJob,
  bytes: Uint8Array,
  handling: PictureHandling,
): Promise<Pick<ReadInputs, "y" | "picture">> {
  const picture = await decodePicture(bytes, input);
  const { samples, notes } = givenSamples(picture, handling);
  return { y: await pipeline.measurementFromPicture(samples), picture: { ...picture, notes: [...picture.notes, ...notes] } };
}

async function readArray(pipeline: Pipeline, { input, range }: RestoreJob, bytes: Uint8Array): Promise<HostTensor> {
  const { shape, data } = decodeNpy(bytes, input);
  const [low, high] = range ?? [-1, 1];
  const values = float32Array(data.length, (i) => (2 * (data[i]! - low)) / (high - low) - 1);
  const y = await pipeline.measurementFromArray({ shape, dtype: "float32", data: values });
  if (looksLike(y, (await pipeline.imageFor(y)).shape)) requireEngineRange(y, input);
  return y;
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
  const { tensor } = await readPicture(path);
  const { shape } = await pipeline.imageFor(y);
  const [n = 1, channels = 1, height = 0, width = 0] = tensor.shape;
  if (height !== shape[2] || width !== shape[3]) {
    throw errors.REFERENCE_SIZE({ path, received: [height, width], expected: [shape[2]!, shape[3]!] });
  }
  if (channels !== 1 || shape[1] === 1) return tensor;
  const data = float32Array(shape[1]! * height * width, (i) => tensor.data[i % (height * width)]!);
  return { shape: [n, shape[1]!, height, width], dtype: "float32", data };
}
