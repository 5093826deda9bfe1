import { open } from "node:fs/promises";
import type { Metadata } from "sharp";
import { errors } from "../error-codes.js";
import { checkOrdinaryFile, readOrdinaryFile } from "../files/ordinary-file.js";
import { exifOfTiff, uprightExif } from "./exif.js";
import { bmpHead, bmpHeadBytes, bmpPixels, isBmp } from "./bmp.js";
import { jpegQuality } from "./jpeg-quality.js";
import { foreignFormatOf } from "./foreign-formats.js";
import { heicPixels, isHevc } from "./heic.js";
import { bytesOfWhole } from "./heif-boxes.js";
import type { Picture, PictureMetadata } from "./picture.js";
import { framesOfPng, recordInPng } from "./png-chunks.js";
import { recordInXmp, xmpWithoutRecord } from "./record-carrier.js";
import { planesOf, rawForm, withEqualAsOne } from "./samples.js";
import { hasStraightAlpha } from "./tiff-directory.js";
import { defined } from "@leader/graph";

/** The most pixels that are read: a guard against files that unpack to gigabytes. */
export const pixelLimit = 100_000_000;

const readable: readonly string[] = ["png", "jpeg", "webp", "tiff", "gif", "heif"];

/** How a file is read. */
export interface ReadPictureOptions {
  /** Three channels that are equal everywhere are read as one, in a third of the memory: masks are often stored as RGB. */
  readonly equalAsOne?: boolean;
}

/**
 * Reads a PNG, JPEG, WebP, TIFF, AVIF, GIF, BMP or HEIC file as it is: upright, every sample at the file's own depth (of HEIC with 8 bits), in
 * the colours of its profile. HEIC takes the package `heic-decode`.
 * Errors: `FILE_MISSING`, `FILE_NOT_ORDINARY`, and those of `decodePicture`.
 */
export async function readPicture(path: string, options?: ReadPictureOptions): Promise<Picture> {
  return await decodePicture(await readOrdinaryFile(path), path, options);
}

/** What the beginning of a picture file says. */
export interface PictureSize {
  /** Of colour, without opacity. */
  readonly channels: 1 | 3;
  readonly height: number;
  readonly width: number;
  readonly bitDepth: 8 | 16;
  readonly hasAlpha: boolean;
}

/** Size and samples of the upright picture in a file, from the beginning of the file; nothing is decoded. Errors: as `readPicture`. */
export async function pictureSizeOf(path: string): Promise<PictureSize> {
  const { default: sharp } = await import("sharp");
  await checkOrdinaryFile(path);
  const bytes = await bytesIn(path, 0, bmpHeadBytes);
  try {
    if (isBmp(bytes)) {
      const { width, height, hasAlpha } = bmpHead(bytes);
      return { channels: 3, height, width, bitDepth: 8, hasAlpha };
    }
    const found = await sharp(path, { limitInputPixels: false }).metadata();
    const { channels, hasAlpha, autoOrient, depth } = found;
    const { height, width } = autoOrient;
    const bitDepth = depth === "uchar" || (await isHevc(found, (at, length) => bytesIn(path, at, length))) ? 8 : 16;
    return { channels: channels - (hasAlpha ? 1 : 0) === 1 ? 1 : 3, height, width, bitDepth, hasAlpha };
  } catch (cause) {
    throw unreadable(bytes, path, cause);
  }
}

/**
 * Decodes the bytes of a picture file; `file` names it in errors.
 * Errors: `PICTURE_UNREADABLE` (damaged, truncated or another format), `PICTURE_FOREIGN` (raw files), `PICTURE_DECODER_MISSING` (HEIC), `PICTURE_TOO_LARGE`,
 * `PICTURE_HAS_PAGES` (animations and files of several pages: which one is meant?), `PICTURE_SAMPLES` (sample types without an agreed white).
 */
export async function decodePicture(bytes: Uint8Array, file: string, { equalAsOne = false }: ReadPictureOptions = {}): Promise<Picture> {
  const { default: sharp } = await import("sharp");
  try {
    if (isBmp(bytes)) return readBmp(bytes, file, equalAsOne);
    const found = await sharp(bytes, { limitInputPixels: false }).metadata();
    const pixels = found.width * found.height;
    if (pixels > pixelLimit) throw errors.PICTURE_TOO_LARGE({ file, pixels, limit: pixelLimit });
    if (!readable.includes(found.format)) {
      throw new Error(`its content is ${found.format}, which is not among PNG, JPEG, WebP, TIFF, AVIF, GIF, BMP and HEIC`);
    }
    if (await isHevc(found, bytesOfWhole(bytes))) return await readHeic(bytes, found, file, equalAsOne);
    const pages = found.format === "png" ? framesOfPng(bytes) : (found.pages ?? 1);
    if (pages > 1) throw errors.PICTURE_HAS_PAGES({ file, pages });
    const stored = rawForm(found, file, () => hasStraightAlpha(bytes));
    // "warning" makes sharp refuse truncated and damaged files instead of filling the rest with grey.
    const raw = await sharp(bytes, { failOn: "warning", limitInputPixels: pixelLimit, ignoreIcc: !stored.converted })
      .autoOrient()
      .toColourspace(stored.space)
      .raw({ depth: stored.depth })
      .toBuffer({ resolveWithObject: true });
    const form = equalAsOne ? withEqualAsOne(stored, raw.data, raw.info.channels) : stored;
    return {
      ...planesOf(raw.data, raw.info, form, file),
      bitDepth: form.depth === "uchar" ? 8 : 16,
      metadata: metadataOf(bytes, found, form.converted),
      notes: form.notes,
    };
  } catch (cause) {
    if (cause instanceof Error && "code" in cause) throw cause;
    throw unreadable(bytes, file, cause);
  }
}

/** Errors: `PICTURE_TOO_LARGE`, and an `Error` for a file that is damaged or of a kind that is not read. */
function readBmp(bytes: Uint8Array, file: string, equalAsOne: boolean): Picture {
  const head = bmpHead(bytes);
  const { width, height, hasAlpha, density } = head;
  if (width * height > pixelLimit) throw errors.PICTURE_TOO_LARGE({ file, pixels: width * height, limit: pixelLimit });
  const { data, channels } = bmpPixels(bytes, head);
  const metadata = defined({ density: density === unstated ? undefined : density });
  return { ...ofBytes({ data, width, height, channels }, hasAlpha, file, equalAsOne), metadata, notes: [] };
}

/** Errors: as `heicPixels`. */
async function readHeic(bytes: Uint8Array, found: Metadata, file: string, equalAsOne: boolean): Promise<Picture> {
  const pixels = await heicPixels(bytes, found, file);
  // The decoder turns the picture by what HEIF files say themselves; the orientation in EXIF is then one of the past.
  return { ...ofBytes(pixels, found.hasAlpha, file, equalAsOne), metadata: metadataOf(bytes, found, false), notes: pixels.notes };
}

interface ColourBytes {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
  readonly channels: number;
}

/** Red, green and blue of 8 bits, and opacity where it counts. */
function ofBytes(
  pixels: ColourBytes,
  hasAlpha: boolean,
  file: string,
  equalAsOne: boolean,
): Pick<Picture, "tensor" | "alpha" | "bitDepth"> {
  const form = { space: "srgb", depth: "uchar", colours: 3, hasAlpha, converted: false, notes: [] } as const;
  const kept = equalAsOne ? withEqualAsOne(form, pixels.data, pixels.channels) : form;
  return { ...planesOf(pixels.data, pixels, kept, file), bitDepth: 8 };
}

/** Bytes of a file from a place on, up to its end at most. */
async function bytesIn(path: string, at: number, length: number): Promise<Uint8Array> {
  const file = await open(path);
  try {
    const room = Math.max(0, Math.min(length, (await file.stat()).size - at));
    const { buffer, bytesRead } = await file.read(new Uint8Array(room), 0, room, at);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

function unreadable(bytes: Uint8Array, file: string, cause: unknown): Error {
  const foreign = foreignFormatOf(bytes);
  if (foreign !== undefined) return errors.PICTURE_FOREIGN({ file, format: foreign.name, how: foreign.how }, { cause });
  return errors.PICTURE_UNREADABLE({ file, problem: firstLine(cause) }, { cause });
}

const firstLine = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause)).split("\n")[0]!;

/** The record of what made a picture, as text, from the head of its file; undefined if it carries none. Errors: `PICTURE_UNREADABLE`. */
export async function recordTextIn(bytes: Uint8Array, file: string): Promise<string | undefined> {
  const { default: sharp } = await import("sharp");
  try {
    const { format, xmp } = await sharp(bytes, { limitInputPixels: false }).metadata();
    if (format === "png") return recordInPng(bytes);
    return xmp === undefined ? undefined : recordInXmp(xmp);
  } catch (cause) {
    throw errors.PICTURE_UNREADABLE({ file, problem: firstLine(cause) }, { cause });
  }
}

/** Formats whose files may state no density get a made-up one from the decoder. */
const unstated = 72;

function metadataOf(bytes: Uint8Array, found: Metadata, converted: boolean): PictureMetadata {
  const block = found.exif ?? (found.format === "tiff" ? exifOfTiff(bytes) : undefined);
  const exif = block === undefined ? undefined : uprightExif(block);
  const quality = found.format === "jpeg" ? jpegQuality(bytes) : undefined;
  const { icc, density } = found;
  // A record tells of the file that it stands in, not of what is made of it.
  const xmp = found.xmp === undefined ? undefined : xmpWithoutRecord(found.xmp);
  return {
    ...(icc === undefined || converted ? {} : { icc: Uint8Array.from(icc) }),
    ...defined({ exif }),
    ...defined({ xmp: xmp && Uint8Array.from(xmp) }),
    ...(density === undefined || density === unstated ? {} : { density }),
    ...defined({ quality }),
  };
}
