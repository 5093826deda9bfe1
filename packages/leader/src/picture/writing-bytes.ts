import type { PictureFormat } from "./formats.js";

/** What is known of a result before it is there. */
export interface WrittenResult {
  /** [1,C,H,W] */
  readonly shape: readonly number[];
  /** Bits per sample of its file; only PNG and TIFF have 16. Default 8. */
  readonly bitDepth?: 8 | 16;
  readonly hasAlpha?: boolean;
}

/** Bytes of a sample of a tensor, which arrays are written in. */
const tensorSample = 4;

/**
 * What an encoder takes at most for one sample of 8 bits: the interleaved samples, what it holds by itself, and the file in memory, which
 * of noise is as large as its samples. Measured with pictures of 4 and 17 megapixels, AVIF with one.
 */
const bytesOfSample: Readonly<Record<PictureFormat, number>> = { png: 3, jpeg: 8, webp: 17, tiff: 5, avif: 22 };

/** Bytes that writing a result takes beside the result itself. */
export function writingBytes(format: PictureFormat | "npy", { shape, bitDepth = 8, hasAlpha = false }: WrittenResult): number {
  const samples = shape.reduce((a, b) => a * b, 1);
  if (format === "npy") return tensorSample * samples;
  const pixels = samples / (shape[1] ?? 1);
  const deep = bitDepth === 16 && (format === "png" || format === "tiff");
  const encoded = bytesOfSample[format] * (deep ? 2 : 1);
  if (!hasAlpha) return encoded * samples;
  // The opacity, and all planes as one tensor before they are encoded.
  return encoded * (samples + pixels) + tensorSample * (samples + 2 * pixels);
}
