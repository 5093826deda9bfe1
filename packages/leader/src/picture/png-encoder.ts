import { pipeline } from "node:stream/promises";
import { createDeflate } from "node:zlib";
import { chunk, metadataChunks, pngSignature } from "./png-chunks.js";
import type { PictureMetadata } from "./picture.js";
import { viewOf } from "./tiff-directory.js";

/**
 * Writes PNG files with Node's own zlib, so that a result is written without loading an image library. Source: Portable Network Graphics
 * Specification (Third Edition), https://www.w3.org/TR/png-3/
 */

/** A picture of interleaved samples of 8 or 16 bits: grey, grey with opacity, colour, or colour with opacity. */
export interface InterleavedPicture {
  readonly samples: Uint8Array | Uint16Array;
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 2 | 3 | 4;
}

/** Colour types of the header, by the number of channels. */
const colourTypes = { 1: 0, 2: 4, 3: 2, 4: 6 } as const;
/** Bytes that are filtered and compressed at a time: compressing runs beside this thread. */
const stripBytes = 2 ** 19;
const compressedBytes = 2 ** 18;
const upFilter = 2;

/** The bytes of a PNG file. @param level of compression, 0 to 9 */
export async function encodePng(picture: InterleavedPicture, metadata: PictureMetadata, level = 6): Promise<Uint8Array> {
  const parts = [pngSignature, header(picture), ...metadataChunks(metadata)];
  await pipeline(filteredStrips(picture), createDeflate({ level, chunkSize: compressedBytes }), async (compressed) => {
    for await (const part of compressed) parts.push(chunk("IDAT", part as Uint8Array));
  });
  return Buffer.concat([...parts, chunk("IEND", new Uint8Array())]);
}

function header({ samples, width, height, channels }: InterleavedPicture): Uint8Array {
  const data = new Uint8Array(13);
  viewOf(data).setUint32(0, width);
  viewOf(data).setUint32(4, height);
  data[8] = 8 * samples.BYTES_PER_ELEMENT;
  data[9] = colourTypes[channels];
  return chunk("IHDR", data);
}

/** The bytes of the rows, each less that above it, which makes the file of a photograph a third smaller. */
function* filteredStrips({ samples, width, height, channels }: InterleavedPicture): Generator<Uint8Array> {
  const rowSamples = width * channels;
  const rowBytes = rowSamples * samples.BYTES_PER_ELEMENT;
  const rowsAtOnce = Math.max(1, Math.floor(stripBytes / rowBytes));
  let above: Uint8Array = new Uint8Array(rowBytes);
  for (let first = 0; first < height; first += rowsAtOnce) {
    const rows = Math.min(rowsAtOnce, height - first);
    const bytes = bigEndian(samples.subarray(first * rowSamples, (first + rows) * rowSamples));
    const strip = new Uint8Array(rows * (rowBytes + 1));
    for (let row = 0, to = 0; row < rows; row++) {
      const own = bytes.subarray(row * rowBytes, (row + 1) * rowBytes);
      strip[to++] = upFilter;
      for (let i = 0; i < rowBytes; i++) strip[to++] = own[i]! - above[i]!;
      above = own;
    }
    yield strip;
  }
}

/** The bytes of samples in the order of the file; those of 8 bits are in it already. */
const bigEndian = (samples: Uint8Array | Uint16Array): Uint8Array =>
  samples instanceof Uint8Array ? samples : Buffer.from(new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength)).swap16();
