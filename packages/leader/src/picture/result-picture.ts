import { equalShapes, defined, float32Array, type Aval, type HostTensor } from "@leader/graph";
import { extendUnderAlpha, isHidden } from "./hidden-colours.js";
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
  /** The type of the measurement: colours that were restored from one channel stay. Default: it has the channels of the image. */
  readonly measurement?: Aval;
  /** 0 in the holes that were filled, [1,1,H,W]: pixels that were transparent there are no longer. Default: none. */
  readonly measured?: HostTensor;
  /** The transparent pixels were the holes that were filled, so nothing stays transparent. Default false. */
  readonly filled?: boolean;
  /** Leave EXIF and XMP out; profile and density are part of how the picture looks, and stay. Default false. */
  readonly strip?: boolean;
  /** What made the result, to be carried by its file. Default: nothing. */
  readonly record?: string;
}

/**
 * A restored image in the channels of what was measured: grey stays grey, unless the measurement has one channel and the image three, which
 * are then what was restored.
 *
 * The mean over the channels of a grey picture's result is no compromise: A acts on channels alike, so A mean(x_c) = mean(A x_c) = y.
 * @param source as it was stored, with all axes of the image or without those of size 1
 * @param measurement what was restored from: grey that was stored in one channel has three for a network of colours
 * @param channels of the result, if it stays grey. Default: those of the source.
 */
export function asMeasured(image: HostTensor, source: HostTensor, measurement: Aval, channels?: number): HostTensor {
  const shape = [...Array<number>(Math.max(0, image.shape.length - source.shape.length)).fill(1), ...source.shape];
  const alike = measurement.shape.length === 4 && measurement.shape[1] === 3 && image.shape[1] === 3;
  return alike && isGrey({ ...source, shape }) ? asGrey(image, channels ?? shape[1]!) : image;
}

/**
 * A restored image as the picture to write: in the channels of its file (`asMeasured`), alpha and depth are those of the source, and what was
 * invisible stays as it was where the size is the same.
 */
export function resultPicture(
  image: HostTensor,
  source: Picture,
  { measurement = image, measured, filled = false, strip = false, record }: ResultPictureOptions = {},
): { readonly tensor: HostTensor; readonly options: WritePictureOptions } {
  const { bitDepth, metadata } = source;
  const alpha = filled ? undefined : alphaAfter(source.alpha, measured);
  const tensor = hiddenAsBefore(asMeasured(image, source.tensor, measurement), source.tensor, alpha);
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

/** Filled holes can be seen; nothing is left of transparency where all of it was filled. */
function alphaAfter(alpha: HostTensor | undefined, measured: HostTensor | undefined): HostTensor | undefined {
  if (alpha === undefined || measured === undefined || !equalShapes(alpha.shape, measured.shape)) return alpha;
  const filled = (value: number, i: number): boolean => isHidden(value) && measured.data[i] === 0;
  if (!alpha.data.some(filled)) return alpha;
  const data = float32Array(alpha.data.length, (i) => (filled(alpha.data[i]!, i) ? 1 : alpha.data[i]!));
  return data.every((value) => value === 1) ? undefined : { ...alpha, data };
}

function hiddenAsBefore(image: HostTensor, tensor: HostTensor, alpha: HostTensor | undefined): HostTensor {
  if (alpha === undefined || !equalShapes(image.shape, tensor.shape)) return image;
  const plane = alpha.data.length;
  return { ...image, data: float32Array(image.data.length, (i) => (isHidden(alpha.data[i % plane]!) ? tensor.data[i]! : image.data[i]!)) };
}
