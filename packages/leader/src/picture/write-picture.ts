import { defined, float32Array, type HostTensor } from "@leader/graph";
import type { Sharp } from "sharp";
import { errors } from "../error-codes.js";
import { writeFileAtomically, type WriteOptions } from "./atomic-file.js";
import { tiffWithExif } from "./exif.js";
import { formatOf, type PictureFormat } from "./formats.js";
import type { PictureMetadata } from "./picture.js";
import { encodePng } from "./png-encoder.js";
import { resizedPlane } from "./resize-plane.js";
import { carriesRecord, xmpWithRecord } from "./record-carrier.js";

export interface WritePictureOptions extends WriteOptions {
  /** Bits per sample; only PNG and TIFF have 16. Default 8. */
  readonly bitDepth?: 8 | 16;
  /** [1,1,h,w] in [0,1]; resized to the picture if its size differs. JPEG has none: the picture is laid on white. */
  readonly alpha?: HostTensor;
  /** Quality of JPEG, AVIF and WebP, 1-100. Default: 95, or the file's own if that is higher; WebP is then lossless. */
  readonly quality?: number;
  /** Profile, EXIF, XMP and density. Default: none. */
  readonly metadata?: PictureMetadata;
  /** `true`: the array is not needed afterwards, and its memory is given back before the file is encoded. Default `false`. */
  readonly consume?: boolean;
}

/**
 * Writes a picture in the format that the file name asks for, atomically.
 * @param tensor [1,C,H,W] float32 in [-1,1] with C = 1 or 3; values outside are clamped.
 * Errors: `PICTURE_FORMAT_UNKNOWN`, `FILE_NOT_WRITTEN`.
 */
export async function writePicture(path: string, tensor: HostTensor, options: WritePictureOptions = {}): Promise<void> {
  const format = formatOf(path);
  const [batch, channels] = tensor.shape;
  if (tensor.shape.length !== 4 || batch !== 1 || (channels !== 1 && channels !== 3)) {
    throw errors.FILE_NOT_WRITTEN({
      file: path,
      problem: `a picture has shape [1,1 or 3,H,W], this array has [${tensor.shape.join(",")}]`,
    });
  }
  await writeFileAtomically(path, await encodePicture(format, tensor, options), options);
}

/** The bytes of a picture file; see `writePicture`. */
export async function encodePicture(format: PictureFormat, tensor: HostTensor, options: WritePictureOptions = {}): Promise<Uint8Array> {
  const [, colours = 1, height = 0, width = 0] = tensor.shape;
  const deep = options.bitDepth === 16 && (format === "png" || format === "tiff");
  const alpha = options.alpha === undefined ? undefined : alphaOf(options.alpha, height, width);
  const planes = alpha === undefined ? tensor : format === "jpeg" ? onWhite(tensor, alpha) : withPlane(tensor, alpha);
  const channels = planes.shape[1] as 1 | 2 | 3 | 4;
  const metadata = fitting(options.metadata ?? {}, colours);
  const samples = interleave(planes, deep);
  if (options.consume === true) for (const { data } of new Set([planes, tensor])) giveBack(data);
  const interleaved = { samples, width, height, channels };
  if (format === "png") return await encodePng(interleaved, metadata);
  const { default: sharp } = await import("sharp");
  const space = colours === 1 ? (deep ? "grey16" : "b-w") : deep ? "rgb16" : "srgb";
  // libvips writes the metadata of what it has read, and nothing else: a PNG in memory carries them to the other formats.
  const carrier = await encodePng(interleaved, recordInXmpOf(format, metadata), 0);
  const carried = sharp(carrier, { ignoreIcc: true, failOn: "none", limitInputPixels: false }).toColourspace(space).keepMetadata();
  const encoded = await encoderOf(format, carried, options.quality, metadata).toBuffer();
  return format === "tiff" && metadata.exif !== undefined ? tiffWithExif(encoded, metadata.exif) : encoded;
}

/** Formats other than PNG have the record in their XMP packet. */
function recordInXmpOf(format: PictureFormat, { record, ...others }: PictureMetadata): PictureMetadata {
  if (record === undefined || !carriesRecord(format, { ...others, record })) return others;
  return { ...others, ...defined({ xmp: xmpWithRecord(others.xmp, record) }) };
}

function encoderOf(format: Exclude<PictureFormat, "png">, picture: Sharp, quality: number | undefined, metadata: PictureMetadata): Sharp {
  const lossy = quality ?? Math.max(95, metadata.quality ?? 0);
  switch (format) {
    case "jpeg":
      return picture.jpeg({ quality: lossy, chromaSubsampling: "4:4:4" });
    case "webp":
      return picture.webp(quality === undefined ? { lossless: true, exact: true } : { quality });
    case "avif":
      return picture.avif({ quality: lossy, chromaSubsampling: "4:4:4" });
    case "tiff": {
      const perMillimetre = (metadata.density ?? 72) / 25.4;
      return picture.tiff({ compression: "lzw", xres: perMillimetre, yres: perMillimetre, resolutionUnit: "inch" });
    }
    default:
      return format satisfies never;
  }
}

/** Gives the memory of an array back without waiting for its owners to forget it; arrays that belong to a runtime stay. */
function giveBack({ buffer }: HostTensor["data"]): void {
  try {
    // What moved has no owner: the next collection, which so large an allocation calls for, takes it.
    structuredClone(buffer, { transfer: buffer instanceof ArrayBuffer ? [buffer] : [] });
  } catch (error) {
    if (!(error instanceof DOMException)) throw error;
  }
}

/** What is lost when a picture is written in a format, or as an array, in words. */
export function lossesOf(format: PictureFormat | "npy", { bitDepth = 8, alpha }: WritePictureOptions): readonly string[] {
  const transparent = alpha?.data.some((value) => value < 1) === true;
  if (format === "npy") return transparent ? ["transparency is left out: arrays have none"] : [];
  return [
    ...(bitDepth === 16 && format !== "png" && format !== "tiff" ? [`16 bits become 8: ${format.toUpperCase()} has no more`] : []),
    ...(format === "jpeg" && transparent ? ["transparent parts become white: JPEG has no transparency"] : []),
  ];
}

/** A profile for grey says nothing about colours, nor the other way round: such a profile is left out. */
function fitting({ icc, ...others }: PictureMetadata, colours: number): PictureMetadata {
  if (icc === undefined) return others;
  const space = String.fromCharCode(...icc.subarray(16, 20));
  return space === (colours === 1 ? "GRAY" : "RGB ") ? { icc, ...others } : others;
}

/** Alpha as a plane of a size, in [-1,1] as colours are. */
function alphaOf(alpha: HostTensor, height: number, width: number): Float32Array {
  const { data } = alpha.shape[2] === height && alpha.shape[3] === width ? alpha : resizedPlane(alpha, height, width);
  return float32Array(data.length, (i) => 2 * data[i]! - 1);
}

function withPlane({ shape, dtype, data }: HostTensor, plane: Float32Array): HostTensor {
  const [n = 1, colours = 1, height = 0, width = 0] = shape;
  const joined = new Float32Array(data.length + plane.length);
  joined.set(data);
  joined.set(plane, data.length);
  return { shape: [n, colours + 1, height, width], dtype, data: joined };
}

function onWhite(tensor: HostTensor, alpha: Float32Array): HostTensor {
  const data = float32Array(tensor.data.length, (i) => {
    const opacity = (alpha[i % alpha.length]! + 1) / 2;
    return tensor.data[i]! * opacity + (1 - opacity);
  });
  return { ...tensor, data };
}

/** [1,C,H,W] in [-1,1] to interleaved samples of 8 or 16 bits. */
function interleave(tensor: HostTensor, deep: false): Uint8Array;
function interleave(tensor: HostTensor, deep: boolean): Uint8Array | Uint16Array;
function interleave(tensor: HostTensor, deep: boolean): Uint8Array | Uint16Array {
  const [, channels = 1, height = 0, width = 0] = tensor.shape;
  const plane = height * width;
  const samples = deep ? new Uint16Array(channels * plane) : new Uint8Array(channels * plane);
  const peak = deep ? 65535 : 255;
  for (let c = 0; c < channels; c++) {
    for (let i = 0; i < plane; i++) {
      const unit = (tensor.data[c * plane + i]! + 1) / 2;
      samples[i * channels + c] = Math.round(Math.min(1, Math.max(0, unit)) * peak);
    }
  }
  return samples;
}

/** [1,C,H,W] in [-1,1] as 8-bit interleaved RGB, for previews. */
export function toRgb8(tensor: HostTensor): { readonly width: number; readonly height: number; readonly rgb: Uint8Array } {
  const [, channels = 1, height = 0, width = 0] = tensor.shape;
  const samples = interleave(tensor, false);
  if (channels === 3) return { width, height, rgb: samples };
  const rgb = new Uint8Array(3 * width * height);
  for (let i = 0; i < width * height; i++) rgb.fill(samples[i * channels]!, 3 * i, 3 * i + 3);
  return { width, height, rgb };
}
