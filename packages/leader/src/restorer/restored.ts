import type { HostTensor } from "@leader/graph";
import type { PictureFormat } from "../picture/formats.js";
import { encodeNpy } from "../picture/npy.js";
import { encodePicture, writePicture, type WritePictureOptions } from "../picture/write-picture.js";
import { writeFileAtomically } from "../picture/atomic-file.js";
import type { Picture } from "../picture/picture.js";
import { resultPicture } from "../picture/result-picture.js";
import type { RestoreResult } from "../host/types.js";

/** The picture that was restored, and whether its result has colours that it had not. */
export interface RestoredFrom {
  readonly picture: Picture;
  readonly colours: boolean;
}

/** A restored picture: what `RestoreResult` tells, and its files. */
export class Restored {
  /** [1,C,H,W] float32; images lie in [-1,1], but values are not clamped. */
  readonly image: HostTensor;
  /** Network evaluations, seconds by part, steps, and the rest of what the run told. */
  readonly run: Omit<RestoreResult, "image">;
  readonly #source: RestoredFrom | undefined;

  constructor({ image, ...run }: RestoreResult, source: RestoredFrom | undefined) {
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

  /** An encoded file in memory; depth, transparency, grey, profile and EXIF are those of the input unless options say otherwise. */
  async toBuffer(format: PictureFormat = "png", options: WritePictureOptions = {}): Promise<Buffer> {
    const made = this.#asPicture();
    const bytes = await encodePicture(format, made.tensor, { ...made.options, ...options });
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Writes a file, atomically: a picture in the format that the name asks for, or `.npy`. Errors: `FILE_NOT_WRITTEN`, `PICTURE_FORMAT_UNKNOWN`. */
  async save(path: string, options: WritePictureOptions = {}): Promise<void> {
    if (path.toLowerCase().endsWith(".npy")) await writeFileAtomically(path, encodeNpy(this.image));
    else {
      const made = this.#asPicture();
      await writePicture(path, made.tensor, { ...made.options, ...options });
    }
  }

  #asPicture(): { readonly tensor: HostTensor; readonly options: WritePictureOptions } {
    return this.#source === undefined
      ? { tensor: this.image, options: {} }
      : resultPicture(this.image, this.#source.picture, { colours: this.#source.colours });
  }
}
