/** Entry of the thread that decodes a picture coded by HEVC. */
import decode from "heic-decode";
import { parentPort } from "node:worker_threads";
import { mainOf, type MainPicture } from "./heic-main.js";

/** A file, and what is known of its main picture. */
export interface HeicRequest extends MainPicture {
  readonly bytes: Uint8Array;
}

/** Samples with red, green, blue and opacity of each pixel. */
export interface DecodedHeic {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
}

// A failure ends the thread, and whoever waits for it is told.
parentPort?.once("message", (request: HeicRequest) => void send(request));

/** Sends what is decoded. Errors: an `Error` that says what is wrong with the file. */
async function send({ bytes, ...known }: HeicRequest): Promise<void> {
  // The package goes by the brand and knows six of them. These bytes are the thread's own.
  bytes.set(Buffer.from("heic", "latin1"), 8);
  const picture = mainOf(await decode.all({ buffer: bytes }), known);
  if (picture === undefined) throw new Error("its main picture is not found");
  const { width, height, data } = await picture.decode();
  const answer = { data: new Uint8Array(data), width, height } satisfies DecodedHeic;
  parentPort?.postMessage(answer, [answer.data.buffer]);
}
