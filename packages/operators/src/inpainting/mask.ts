import { float32Array, permutation, type HostTensor, type StageEnvironment } from "@leader/core";
import { operatorKey } from "../common/seed.js";
import { errors } from "../error-codes.js";
import type { InpaintingOptions, PixelBox } from "./options.js";

/** Makes the mask of a picture: 1 where a pixel is kept, 0 where it is missing, row-major. */
export type MaskSource = (height: number, width: number) => Float32Array;

/** Reads or prepares the mask that the options describe. */
export async function maskSource(options: InpaintingOptions, environment: StageEnvironment): Promise<MaskSource> {
  if (options.mask !== undefined) {
    const source = maskOfFile(options.mask, await environment.readArray(environment.resolvePath(options.mask)), options.invert);
    if (!source.hides) {
      const { code, message, hint } = errors.MASK_HIDES_NOTHING({ path: options.mask });
      environment.warn(code, `${message}; ${hint}`);
    }
    return source.mask;
  }
  const { box, random } = options;
  if (box !== undefined) return (height, width) => boxMask("top" in box ? box : shareToPixels(box, height, width), height, width);
  return (height, width) => randomMask(random!.fraction, random!.seed, height, width);
}

function maskOfFile(path: string, array: HostTensor, invert: boolean): { readonly mask: MaskSource; readonly hides: boolean } {
  const { height, width, plane } = greyOf(path, array);
  splitInTwo(plane, invert);
  const mask = requireKept(plane, path);
  return { mask: maskOfSize(mask, { height, width, path }), hides: mask.includes(0) };
}

/** Nothing here refers to the file but by its path: the mask outlives what else was read of it. */
const maskOfSize =
  (mask: Float32Array, { height, width, path }: { readonly height: number; readonly width: number; readonly path: string }): MaskSource =>
  (imageHeight, imageWidth) => {
    if (imageHeight === height && imageWidth === width) return mask;
    throw errors.MASK_SIZE({ mask: [height, width], image: [imageHeight, imageWidth], path });
  };

/** The mean of the channels of an array. Errors: it is no picture, or holds other values than shares. */
function greyOf(
  path: string,
  { shape, data }: HostTensor,
): { readonly height: number; readonly width: number; readonly plane: Float32Array } {
  const [channels, height, width] = shape.length === 2 ? [1, ...shape] : shape;
  if (shape.length < 2 || shape.length > 3 || channels === undefined || height === undefined || width === undefined) {
    throw errors.MASK_INVALID({ path, problem: `it has shape [${shape.join(",")}]` });
  }
  const outside = data.find((value) => !(value >= 0 && value <= 1));
  if (outside !== undefined) throw errors.MASK_INVALID({ path, problem: `it holds the value ${outside}` });
  // The array was read for this mask; of three channels nothing is kept.
  if (channels === 1 && data instanceof Float32Array) return { height, width, plane: data };
  const size = height * width;
  const plane = float32Array(size, (i) => {
    let sum = 0;
    for (let c = 0; c < channels; c++) sum += data[c * size + i]!;
    return sum / channels;
  });
  return { height, width, plane };
}

/**
 * Grey values as 0 and 1, in their place. A mask of two values means these two, whatever they are: one of 0 and 1 stored as bytes is nearly
 * black all over. Others are split at one half.
 */
function splitInTwo(grey: Float32Array, invert: boolean): void {
  const values = new Set<number>();
  for (let i = 0; i < grey.length && values.size < 3; i++) values.add(grey[i]!);
  const split = values.size === 2 ? Math.max(...values) : 0.5;
  for (let i = 0; i < grey.length; i++) grey[i] = grey[i]! >= split !== invert ? 1 : 0;
}

/** The box of a share of the picture, at least one pixel, shifted inwards where it would stick out. */
function shareToPixels(
  box: { readonly fraction: number; readonly centre: readonly [number, number] },
  height: number,
  width: number,
): PixelBox {
  const along = (size: number, centre: number): readonly [number, number] => {
    const length = Math.max(1, Math.round(box.fraction * size));
    const start = Math.round(centre * size - length / 2);
    return [Math.min(Math.max(0, start), size - length), length];
  };
  const [top, boxHeight] = along(height, box.centre[0]);
  const [left, boxWidth] = along(width, box.centre[1]);
  return { top, left, height: boxHeight, width: boxWidth };
}

function boxMask(box: PixelBox, height: number, width: number): Float32Array {
  const text = `box of ${box.height} x ${box.width} at row ${box.top}, column ${box.left}`;
  if (box.top + box.height > height || box.left + box.width > width) throw errors.BOX_OUTSIDE({ box: text, image: [height, width] });
  const mask = new Float32Array(height * width).fill(1);
  for (let row = box.top; row < box.top + box.height; row++) {
    mask.fill(0, row * width + box.left, row * width + box.left + box.width);
  }
  return requireKept(mask, `the ${text}`);
}

function randomMask(fraction: number, seed: number, height: number, width: number): Float32Array {
  const size = height * width;
  const mask = new Float32Array(size).fill(1);
  for (const pixel of permutation(operatorKey(seed, "inpainting"), size).subarray(0, Math.round(fraction * size))) mask[pixel] = 0;
  return requireKept(mask, `random: { fraction: ${fraction}, seed: ${seed} }`);
}

function requireKept(mask: Float32Array, source: string): Float32Array {
  if (!mask.includes(1)) throw errors.MASK_KEEPS_NOTHING({ source });
  return mask;
}
