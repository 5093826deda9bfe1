import { type HostTensor, isRecord } from "@leader/graph";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { errors } from "../error-codes.js";
import type { Picture } from "../picture/picture.js";
import { readOrdinaryFile } from "../files/ordinary-file.js";
import { decodePicture } from "../picture/read-picture.js";
import { decodeNpy } from "../picture/npy.js";
import { markOfArray, markOfBytes, type InputMark } from "../record/record.js";

/** What can be restored: a path or `file:` URL, an encoded file in memory or as a stream, or a measurement as an array. */
export type RestorerInput =
  string | URL | Uint8Array | ArrayBuffer | Readable | ReadableStream<Uint8Array> | AsyncIterable<Uint8Array> | HostTensor;

/** A picture, or a measurement as it is, with the mark of what was read. */
export type ReadInput = ({ readonly picture: Picture } | { readonly measurement: HostTensor }) & { readonly mark: InputMark };

/** Longer streams are refused before they fill the memory. */
const mostBytes = 2 ** 30;

/** Reads an input. Errors: those of `readPicture`; `INPUT_UNKNOWN`. */
export async function readInput(input: RestorerInput): Promise<ReadInput> {
  if (typeof input === "string") return await fromFile(input);
  if (input instanceof URL) return await fromFile(fileURLToPath(input));
  if (input instanceof Uint8Array) return await fromBytes(input);
  if (input instanceof ArrayBuffer) return await fromBytes(new Uint8Array(input));
  if (isStream(input)) return await fromBytes(await collected(input));
  if (isTensor(input)) return { measurement: input, mark: markOfArray(input) };
  throw errors.INPUT_UNKNOWN({ received: typeof input });
}

async function fromFile(path: string): Promise<ReadInput> {
  const bytes = await readOrdinaryFile(path);
  return await fromBytes(bytes, path.toLowerCase().endsWith(".npy"), path);
}

const isNpy = (bytes: Uint8Array): boolean => bytes[0] === 0x93 && Buffer.from(bytes.subarray(1, 6)).toString("latin1") === "NUMPY";

/** @param file what the bytes are called in errors; a copy of an array's bytes begins where its elements may begin. */
async function fromBytes(bytes: Uint8Array, isArray = isNpy(bytes), file = isArray ? "the array" : "the picture"): Promise<ReadInput> {
  const mark = markOfBytes(bytes);
  return isArray
    ? { measurement: withBatch(decodeNpy(Buffer.from(bytes), file)), mark }
    : { picture: await decodePicture(bytes, file), mark };
}

/** One image may be stored without its batch axis. */
const withBatch = (stored: HostTensor): HostTensor =>
  stored.shape.length === 2 || stored.shape.length === 3 ? { ...stored, shape: [1, ...stored.shape] } : stored;

const isStream = (input: unknown): input is AsyncIterable<Uint8Array> =>
  typeof input === "object" && input !== null && Symbol.asyncIterator in input;

const isTensor = (input: unknown): input is HostTensor => {
  const { shape, data, dtype } = isRecord(input) ? input : {};
  return Array.isArray(shape) && typeof dtype === "string" && ArrayBuffer.isView(data);
};

async function collected(stream: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of stream) {
    length += chunk.byteLength;
    if (length > mostBytes) throw errors.PICTURE_UNREADABLE({ file: "the stream", problem: `it is longer than ${mostBytes} bytes` });
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
