import { defined, type Aval, type HostTensor } from "@leader/graph";
import { formatOf, type PictureFormat } from "../picture/formats.js";
import { encodeNpy } from "../picture/npy.js";
import { encodePicture, writePicture, type WritePictureOptions } from "../picture/write-picture.js";
import { writeFileAtomically } from "../picture/atomic-file.js";
import type { Picture } from "../picture/picture.js";
import { asMeasured, resultPicture } from "../picture/result-picture.js";
import type { RestoreResult } from "../host/types.js";
import { carriesRecord } from "../picture/record-carrier.js";
import { recordText, type InputMark } from "../record/record.js";
import { writeRecordBeside } from "../record/record-files.js";
import type { PictureHandling } from "../tasks/picture-handling.js";
import type { Spread } from "./spread.js";

/** What was restored, and how its pipeline handles pictures. */
export interface RestoredFrom {
  /** Absent where an array was restored. */
  readonly picture?: Picture;
  /** The array as it was stored, where it was one. */
  readonly array?: HostTensor;
  /** The type of the measurement. */
  readonly measurement: Aval;
  /** 0 in the holes of the measurement. Absent: it has none. */
  readonly measured?: HostTensor;
  readonly mark: InputMark;
  readonly handling: PictureHandling;
  /** Its transparency was restored too. */
  readonly restoreAlpha?: boolean;
}

/** How the file of a result is made. */
export interface SaveOptions extends WritePictureOptions {
  /** `false`: the file does not carry the record of what made it, which `leader reproduce` reads. Default `true`. */
  readonly record?: boolean;
}

/** A restored picture: what `RestoreResult` tells, and its files. */
export class Restored {
  /** [1,C,H,W] float32; images lie in [-1,1], but values are not clamped. */
  readonly image: HostTensor;
  /** Network evaluations, seconds by part, steps, and the rest of what the run told. */
  readonly run: Omit<RestoreResult, "image">;
  /** All samples of the measurement, this one first; each has its own noise, and a record of its own in its file. */
  readonly samples: readonly Restored[];
  /** Mean and deviation of the samples. Absent: there is one. */
  readonly spread: Spread | undefined;
  readonly #source: RestoredFrom;

  /** @param more the other samples of the same measurement, and what all have in common */
  constructor(
    { image, ...run }: RestoreResult,
    source: RestoredFrom,
    more?: { readonly samples: readonly Restored[]; readonly spread: Spread },
  ) {
    this.image = image;
    this.samples = [this, ...(more?.samples ?? [])];
    this.spread = more?.spread;
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
  async toBuffer(format: PictureFormat = "png", { record = true, ...options }: SaveOptions = {}): Promise<Buffer> {
    const made = this.#asPicture(record ? this.#recordText(options) : undefined);
    const bytes = await encodePicture(format, made.tensor, { ...made.options, ...options });
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /**
   * Writes a file, atomically: a picture in the format that the name asks for, or `.npy`, which has its record in a file beside it.
   * Errors: `FILE_NOT_WRITTEN`, `PICTURE_FORMAT_UNKNOWN`.
   */
  async save(path: string, { record = true, ...options }: SaveOptions = {}): Promise<void> {
    const text = record ? this.#recordText(options) : undefined;
    const isArray = path.toLowerCase().endsWith(".npy");
    const made = this.#asPicture(text);
    const metadata = options.metadata ?? made.options.metadata ?? {};
    if (isArray) await writeFileAtomically(path, encodeNpy(this.#inItsChannels()), options);
    else await writePicture(path, made.tensor, { ...made.options, ...options });
    if (text !== undefined && (isArray || !carriesRecord(formatOf(path), metadata))) await writeRecordBeside(path, text);
  }

  #recordText({ quality, bitDepth }: WritePictureOptions): string {
    const { mark, restoreAlpha } = this.#source;
    return recordText(mark, { quality, bitDepth, restoreAlpha: restoreAlpha === true ? true : undefined }, this.run.made);
  }

  #inItsChannels(): HostTensor {
    const { picture, array, measurement } = this.#source;
    return asMeasured(this.image, array ?? picture!.tensor, measurement);
  }

  #asPicture(record: string | undefined): { readonly tensor: HostTensor; readonly options: WritePictureOptions } {
    const { picture, measurement, measured: holes, handling, restoreAlpha = false } = this.#source;
    // Transparency that was restored was filled too.
    const measured = restoreAlpha ? undefined : holes;
    if (picture === undefined) return { tensor: this.#inItsChannels(), options: record === undefined ? {} : { metadata: { record } } };
    return resultPicture(this.image, picture, { measurement, filled: handling.filled, ...defined({ measured, record }) });
  }
}
