import type { HostTensor } from "@leader/graph";
import type { PictureFormat } from "../picture/formats.js";
import { encodeNpy } from "../picture/npy.js";
import { encodePicture, writePicture, type WritePictureOptions } from "../picture/write-picture.js";
import { writeFileAtomically } from "../picture/atomic-file.js";
import type { Picture } from "../picture/picture.js";
import type { RestoreResult } from "../host/types.js";

/** A restored picture: what `RestoreResult` tells, and its files. */
export class Restored {
  /** [1,C,H,W] float32; images lie in [-1,1], but values are not clamped. */
  readonly image: HostTensor;
  /** Network evaluations, seconds by part, steps, and the rest of what the run told. */
  readonly run: Omit<RestoreResult, "image">;
  readonly #source: Picture | undefined;

  constructor({ image, ...run }: RestoreResult, source: Picture | undefined) {
    this.image = image;
    this.run = run;
    this.#source = source;
  }

  get width(): number {
    return this.image.shape[3]!;
  }

  get height(): number {
    return this.image.shape[2]!;
  }

  /** An encoded file in memory; depth and transparency are those of the input unless options say otherwise. */
  async toBuffer(format: PictureFormat = "png", options: WritePictureOptions = {}): Promise<Buffer> {
    return Buffer.from(await encodePicture(format, this.image, { ...this.#defaults(), ...options }));
  }

  /** Writes a file, atomically: a picture in the format that the name asks for, or `.npy`. Errors: `FILE_NOT_WRITTEN`, `PICTURE_FORMAT_UNKNOWN`. */
  async save(path: string, options: WritePictureOptions = {}): Promise<void> {
    if (path.toLowerCase().endsWith(".npy")) await writeFileAtomically(path, encodeNpy(this.image));
    else await writePicture(path, this.image, { ...this.#defaults(), ...options });
  }

  #defaults(): WritePictureOptions {
    const source = this.#source;
    return source === undefined ? {} : { bitDepth: source.bitDepth, metadata: source.metadata, ...(source.alpha === undefined ? {} : { alpha: source.alpha }) };
  }
}
