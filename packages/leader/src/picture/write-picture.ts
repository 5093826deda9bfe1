import type { HostTensor } from "@leader/graph";
import { errors } from "../error-codes.js";
import { writeFileAtomically, type WriteOptions } from "./atomic-file.js";
import { formatOf, type PictureFormat } from "./formats.js";

export interface WritePictureOptions extends WriteOptions {
  /** Bits per sample; JPEG and WebP always have 8. Default 8. */
  readonly bitDepth?: 8 | 16;
  /** [1,1,h,w] in [0,1]; resized to the picture if its size differs. Dropped for JPEG. */
  readonly alpha?: HostTensor;
  /** JPEG and WebP quality, 1-100. Default 95. */
  readonly quality?: number;
}

/**
 * Writes a picture in the format that the file name asks for, atomically.
 * @param tensor [1,C,H,W] float32 in [-1,1] with C = 1 or 3; values outside are clamped.
 * Errors: `PICTURE_FORMAT_UNKNOWN`, `FILE_NOT_WRITTEN`.
 */
export async function writePicture(path: string, tensor: HostTensor, options: WritePictureOptions = {}): Promise<void> {
  await writeFileAtomically(path, await encodePicture(tensor, formatOf(path), options, path), options);
}

/** The bytes of a picture file, as `writePicture` writes them. @param path names it in errors. Errors: `FILE_NOT_WRITTEN`. */
export async function encodePicture(
  tensor: HostTensor,
  format: PictureFormat,
  options: WritePictureOptions = {},
  path = "the picture",
): Promise<Buffer> {
  const [batch, channels, height, width] = tensor.shape;
  if (tensor.shape.length !== 4 || batch !== 1 || (channels !== 1 && channels !== 3)) {
    throw errors.FILE_NOT_WRITTEN({
      file: path,
      problem: `a picture has shape [1,1 or 3,H,W], this array has [${tensor.shape.join(",")}]`,
    });
  }
  const { default: sharp } = await import("sharp");
  const deep = (options.bitDepth ?? 8) === 16 && (format === "png" || format === "tiff");
  const raw = { width: width!, height: height!, channels } as const;
  let picture = sharp(interleave(tensor, deep), { raw }).toColourspace(
    channels === 1 ? (deep ? "grey16" : "b-w") : deep ? "rgb16" : "srgb",
  );
  if (options.alpha !== undefined && format !== "jpeg") {
    const [, , alphaHeight, alphaWidth] = options.alpha.shape;
    const plane = sharp(interleave(scaleToEngine(options.alpha), deep), { raw: { width: alphaWidth!, height: alphaHeight!, channels: 1 } });
    const resized = await plane
      .resize(width, height, { fit: "fill" })
      .toColourspace(deep ? "grey16" : "b-w")
      .raw({ depth: deep ? "ushort" : "uchar" })
      .toBuffer();
    picture = picture.joinChannel(resized, { raw: { width: width!, height: height!, channels: 1 } });
  }
  const quality = options.quality ?? 95;
  const encoded = {
    png: () => picture.png({ compressionLevel: 6 }),
    jpeg: () => picture.jpeg({ quality, chromaSubsampling: "4:4:4" }),
    webp: () => picture.webp({ quality }),
    tiff: () => picture.tiff({ compression: "lzw" }),
  }[format]();
  return await encoded.toBuffer();
}

/** [1,C,H,W] in [-1,1] to interleaved samples of 8 or 16 bits. */
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

const scaleToEngine = (unit: HostTensor): HostTensor => ({
  shape: unit.shape,
  dtype: "float32",
  data: Float32Array.from(unit.data, (v) => 2 * v - 1),
});

/** [1,C,H,W] in [-1,1] as 8-bit interleaved RGB, for previews. */
export function toRgb8(tensor: HostTensor): { readonly width: number; readonly height: number; readonly rgb: Uint8Array } {
  const [, channels = 1, height = 0, width = 0] = tensor.shape;
  const samples = interleave(tensor, false);
  if (channels === 3) return { width, height, rgb: samples as Uint8Array };
  const rgb = new Uint8Array(3 * width * height);
  for (let i = 0; i < width * height; i++) rgb.fill(samples[i * channels]!, 3 * i, 3 * i + 3);
  return { width, height, rgb };
}
