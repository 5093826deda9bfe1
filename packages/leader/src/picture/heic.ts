import { createRequire } from "node:module";
import { Worker } from "node:worker_threads";
import type { Metadata } from "sharp";
import { errors } from "../error-codes.js";
import { builtEntry, packageFolder } from "../files/built-entry.js";
import { heicExtensions, pictureExtensions, readOnlyExtensions } from "./formats.js";
import type { DecodedHeic, HeicRequest } from "./heic-decoder.js";
import { bytesOfWhole, directoryOf, type BytesAt } from "./heif-boxes.js";

/** Pictures coded by HEVC: sharp reads all that their files say, and a package that users install decodes the samples. */

/** LGPL through libheif-js, and 8 MB: so it is nobody's who does not ask for it. */
const decoder = "heic-decode";

/** True for a HEIF file that is no AVIF: by what codes its pictures, since sharp goes by brands, which both kinds may have in common. */
export const isHevc = async ({ format, compression }: Metadata, bytesAt: BytesAt): Promise<boolean> =>
  format === "heif" && compression === "hevc" && !(await directoryOf(bytesAt)).includes("av01");

/** Samples of a picture, upright, with their opacity, which is whole where the file has none. */
export interface HeicPixels extends DecodedHeic {
  readonly channels: 4;
  readonly notes: readonly string[];
}

/** Decodes the main picture of a file. Errors: `PICTURE_DECODER_MISSING`, and an `Error` for a damaged file. */
export async function heicPixels(bytes: Uint8Array, found: Metadata, file: string): Promise<HeicPixels> {
  requireDecoder(file);
  const { width, height, pages = 1, pagePrimary = 0, bitsPerSample = 8, icc } = found;
  const decoded = await decodedApart({ bytes, width, height, main: pagePrimary });
  const directory = await directoryOf(bytesOfWhole(bytes));
  if (directory.includes("prem")) straighten(decoded.data);
  return {
    ...decoded,
    channels: 4,
    notes: [
      ...(pages > 1 ? [`the file holds ${pages} pictures: the one that it names as its main one is read`] : []),
      ...(bitsPerSample > 8 ? [`${bitsPerSample}-bit samples: they are read with 8 bits`] : []),
      ...(icc === undefined ? colourNotes(directory) : []),
    ],
  };
}

/** Errors: `PICTURE_DECODER_MISSING`. */
function requireDecoder(file: string): void {
  if (!decoderIsThere()) throw errors.PICTURE_DECODER_MISSING({ file, decoder, from: packageFolder });
}

function decoderIsThere(): boolean {
  try {
    createRequire(import.meta.url).resolve(decoder);
    return true;
  } catch {
    return false;
  }
}

/** Endings of the picture files that are read here: those of HEIC only where `heic-decode` is installed. */
export const readableExtensions = (): readonly string[] => [
  ...pictureExtensions,
  ...readOnlyExtensions,
  ...(decoderIsThere() ? heicExtensions : []),
];

/** In a thread of its own: the decoder never gives back what memory it took (12 bytes a pixel), and says on the console what failed. */
async function decodedApart(request: HeicRequest): Promise<DecodedHeic> {
  const worker = new Worker(builtEntry("picture/heic-decoder.js"), { stdout: true, stderr: true });
  try {
    return await new Promise((resolve, reject) => {
      worker.once("message", (decoded: DecodedHeic) => resolve(decoded));
      worker.once("error", (cause) => reject(new Error(cause instanceof Error ? cause.message : String(cause), { cause })));
      worker.once("exit", (code) => reject(new Error(`its decoder ended with status ${code}`)));
      worker.postMessage(request);
    });
  } finally {
    await worker.terminate();
  }
}

/** Colours that were multiplied with their opacity (the reference `prem`), apart from it. */
function straighten(rgba: Uint8Array): void {
  for (let i = 0; i < rgba.length; i += 4) {
    const opacity = rgba[i + 3]!;
    if (opacity === 0 || opacity === 255) continue;
    for (let c = i; c < i + 3; c++) rgba[c] = Math.min(255, Math.round((255 * rgba[c]!) / opacity));
  }
}

/** Numbers of ITU-T H.273 that are sRGB's or close to it, or say nothing. */
const usualPrimaries = [1, 2];
const usualCurves = [1, 2, 6, 13, 14, 15];

/** Colours that are stated by numbers go unconverted, as those of a profile, but no profile tells of them in the result. */
function colourNotes(directory: Buffer): readonly string[] {
  const at = directory.indexOf("colrnclx");
  if (at < 0 || at + 12 > directory.length) return [];
  const [primaries, curve] = [directory.readUInt16BE(at + 8), directory.readUInt16BE(at + 10)];
  if (usualPrimaries.includes(primaries) && usualCurves.includes(curve)) return [];
  return [
    `its colours have primaries ${primaries} and curve ${curve} of ITU-T H.273, without a profile: they are not converted, and the result shows them as sRGB`,
  ];
}
