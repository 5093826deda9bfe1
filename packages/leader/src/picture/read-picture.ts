import type { HostTensor } from "@leader/graph";
import type { Sharp } from "sharp";
import { errors } from "../error-codes.js";
import { checkOrdinaryFile } from "../files/ordinary-file.js";

/** The most pixels that are read: a guard against files that unpack to gigabytes. */
export const pixelLimit = 100_000_000;

export interface Picture {
  /** [1,C,H,W] float32 in [-1,1]; C is 1 for grey pictures and 3 for colour. Upright, converted to sRGB. */
  readonly tensor: HostTensor;
  readonly bitDepth: 8 | 16;
  /** [1,1,H,W] in [0,1], where the file has transparency. It is not restored, only carried along. */
  readonly alpha?: HostTensor;
}

/**
 * Reads a PNG, JPEG, WebP or TIFF file, by its path or from its bytes: orientation applied, colours in sRGB, 16 bits kept.
 * Errors: `FILE_MISSING`, `FILE_NOT_ORDINARY`, `PICTURE_UNREADABLE` (damaged, truncated or another format), `PICTURE_TOO_LARGE`.
 */
export async function readPicture(source: string | Uint8Array): Promise<Picture> {
  const path = typeof source === "string" ? source : "the picture";
  if (typeof source === "string") await checkOrdinaryFile(source);
  const { default: sharp } = await import("sharp");
  try {
    const metadata = await sharp(source, { limitInputPixels: false }).metadata();
    const pixels = metadata.width * metadata.height;
    if (pixels > pixelLimit) throw errors.PICTURE_TOO_LARGE({ file: path, pixels, limit: pixelLimit });
    if (!["png", "jpeg", "webp", "tiff"].includes(metadata.format)) {
      throw new Error(`its content is ${metadata.format}, which is not among PNG, JPEG, WebP and TIFF`);
    }
    const bitDepth = metadata.depth === "ushort" ? 16 : 8;
    const grey = metadata.channels <= 2 && metadata.space !== "srgb";
    // "warning" makes sharp refuse truncated and damaged files instead of filling the rest with grey.
    const upright = sharp(source, { failOn: "warning", limitInputPixels: pixelLimit }).autoOrient();
    return await decode(upright, { bitDepth, grey, hasAlpha: metadata.hasAlpha });
  } catch (cause) {
    if (cause instanceof Error && "code" in cause) throw cause;
    throw errors.PICTURE_UNREADABLE({ file: path, problem: firstLine(cause) }, { cause });
  }
}

const firstLine = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause)).split("\n")[0]!;

async function decode(
  picture: Sharp,
  kind: { readonly bitDepth: 8 | 16; readonly grey: boolean; readonly hasAlpha: boolean },
): Promise<Picture> {
  const space = kind.grey ? (kind.bitDepth === 16 ? "grey16" : "b-w") : kind.bitDepth === 16 ? "rgb16" : "srgb";
  const raw = await picture
    .toColourspace(space)
    .raw({ depth: kind.bitDepth === 16 ? "ushort" : "uchar" })
    .toBuffer({ resolveWithObject: true });
  const { width, height, channels } = raw.info;
  const peak = kind.bitDepth === 16 ? 65535 : 255;
  const samples = kind.bitDepth === 16 ? new Uint16Array(raw.data.buffer, raw.data.byteOffset, raw.data.byteLength / 2) : raw.data;
  const colours = kind.grey ? 1 : 3;
  const plane = width * height;
  const deinterleave = (first: number, count: number, convert: (value: number) => number): HostTensor => {
    const data = new Float32Array(count * plane);
    for (let c = 0; c < count; c++) for (let i = 0; i < plane; i++) data[c * plane + i] = convert(samples[i * channels + first + c]!);
    return { shape: [1, count, height, width], dtype: "float32", data };
  };
  const tensor = deinterleave(0, colours, (v) => (2 * v) / peak - 1);
  const alpha = kind.hasAlpha && channels > colours ? { alpha: deinterleave(colours, 1, (v) => v / peak) } : {};
  return { tensor, bitDepth: kind.bitDepth, ...alpha };
}
