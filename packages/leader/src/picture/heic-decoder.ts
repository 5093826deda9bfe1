/** Entry of the thread that decodes a picture coded by HEVC. */
import decode from "heic-decode";
import { parentPort } from "node:worker_threads";

/** A file, and what is known of its main picture. */
export interface HeicRequest {
  readonly bytes: Uint8Array;
  readonly width: number;
  readonly height: number;
  /** The number of the main picture among those of the file. */
  readonly main: number;
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
async function send({ bytes, width, height, main }: HeicRequest): Promise<void> {
  const pictures = await decode.all({ buffer: bytes });
  // Two versions of one library may count differently what belongs to a picture: so its size is looked at.
  for (const picture of pictures.slice(main).concat(pictures)) {
    const decoded = await picture.decode();
    if (decoded.width !== width || decoded.height !== height) continue;
    const answer = { data: new Uint8Array(decoded.data), width, height } satisfies DecodedHeic;
    parentPort?.postMessage(answer, [answer.data.buffer]);
    return;
  }
  throw new Error("its main picture is not found");
}
