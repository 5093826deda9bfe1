import { equalShapes, defined, float32Array, type HostTensor } from "@leader/graph";
import { extendUnderAlpha } from "./hidden-colours.js";
import type { Picture } from "./picture.js";
import type { WritePictureOptions } from "./write-picture.js";

/** The samples of a picture that are restored: hidden colours are replaced by those beside them, so that they cannot bleed. */
export const visibleSamples = ({ tensor, alpha }: Picture): HostTensor => (alpha === undefined ? tensor : extendUnderAlpha(tensor, alpha));

/** True if all channels are equal: the picture is grey, however it is stored. */
export function isGrey({ shape, data }: HostTensor): boolean {
  const plane = (shape[2] ?? 1) * (shape[3] ?? 1);
  return shape[1] === 1 || data.every((value, i) => value === data[i % plane]);
}

/** What makes the result of a picture a picture of the same kind. */
export interface ResultPictureOptions {
  /** Colour is what was restored, so grey does not stay grey. Default false. */
  readonly colours?: boolean;
  /** The transparent pixels were the holes that were filled, so nothing stays transparent. Default false. */
  readonly filled?: boolean;
  /** Leave EXIF and XMP out; profile and density are part of how the picture looks, and stay. Default false. */
  readonly strip?: boolean;
  /** What made the result, to be carried by its file. Default: nothing. */
  readonly record?: string;
}

/**
 * A restored image as the picture to write: grey stays grey and in the channels of its file, alpha and depth are those of the source, and
 * what was invisible stays as it was where the size is the same.
 *
 * The mean over the channels of a grey picture's result is no compromise: A acts on channels alike, so A mean(x_c) = mean(A x_c) = y.
 */
export function resultPicture(
  image: HostTensor,
  source: Picture,
  { colours = false, filled = false, strip = false, record }: ResultPictureOptions = {},
): { readonly tensor: HostTensor; readonly options: WritePictureOptions } {
  const { bitDepth, metadata } = source;
  const alpha = filled ? undefined : source.alpha;
  const grey = !colours && image.shape[1] === 3 && isGrey(source.tensor);
  const tensor = hiddenAsBefore(grey ? asGrey(image, source.tensor.shape[1]!) : image, source.tensor, alpha);
  const { exif: _exif, xmp: _xmp, ...stripped } = metadata;
  const kept = strip ? stripped : metadata;
  return { tensor, options: { bitDepth, metadata: { ...kept, ...defined({ record }) }, ...defined({ alpha }) } };
}

function asGrey({ shape, dtype, data }: HostTensor, channels: number): HostTensor {
  const [n = 1, own = 1, height = 1, width = 1] = shape;
  const plane = height * width;
  const mean = float32Array(plane, (i) => {
    let sum = 0;
    for (let c = 0; c < own; c++) sum += data[c * plane + i]!;
    return sum / own;
  });
  return { shape: [n, channels, height, width], dtype, data: float32Array(channels * plane, (i) => mean[i % plane]!) };
}

function hiddenAsBefore(image: HostTensor, tensor: HostTensor, alpha: HostTensor | undefined): HostTensor {
  if (alpha === undefined || !equalShapes(image.shape, tensor.shape)) return image;
  const plane = alpha.data.length;
  return { ...image, data: float32Array(image.data.length, (i) => (alpha.data[i % plane] === 0 ? tensor.data[i]! : image.data[i]!)) };
}
