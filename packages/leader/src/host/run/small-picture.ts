import type { SmallRestoration } from "@leader/core";
import { sizeOf, type Aval, type HostTensor } from "@leader/graph";
import type { Composition } from "../compose/compose.js";
import { applyMap, withMap } from "./maps.js";
import { cropPart } from "./parts.js";
import { bytesOf } from "./sizing.js";

/** A picture that is restored from draws of a smaller one. */
export interface SmallPicture {
  readonly draws: number;
  /** The type of the smaller image, and its measurement. */
  readonly image: Aval;
  readonly y: HostTensor;
  /** The picture, from the mean of the draws. */
  enlarge(mean: HostTensor): Promise<HostTensor>;
}

/**
 * Rows of an image are made together as far as they hold this many pixels. Peaks of a picture of 1024 x 1024, of which drawing takes 216 MiB: at once
 * 2^18 400 MiB, 2^16 292, 2^14 250, in the same time.
 */
const pixelsAtOnce = 2 ** 14;
/** What making those rows takes, measured: graphs, their results, and what of them waits to be collected. */
const enlargingBytes = 25 * 2 ** 20;

/**
 * Bytes beside a restoration of a smaller picture. What its draws leave waits to be collected the longer, the more is held beside it: measured, half
 * as much as the image.
 */
export const besideSmallBytes = (image: Aval): number => bytesOf(image) / 2 + enlargingBytes;

/** Reduces a measurement on the backend; undefined where the operator wants the picture restored itself. @param image that is restored */
export async function smallPicture(composition: Composition, image: Aval, y: HostTensor): Promise<SmallPicture | undefined> {
  const { small: restoration } = await composition.get("operator");
  if (restoration === undefined) return undefined;
  const { draws } = restoration;
  const small = restoration.imageFor(image);
  const reduced = await applyMap(composition, (whole) => restoration.reduce(whole, small), y);
  return { draws, image: small, y: reduced, enlarge: (mean) => inRows(composition, restoration, { mean, reduced, y }, image) };
}

async function inRows(
  composition: Composition,
  restoration: SmallRestoration,
  { mean, reduced, y }: { readonly mean: HostTensor; readonly reduced: HostTensor; readonly y: HostTensor },
  { shape }: Aval,
): Promise<HostTensor> {
  const [, channels = 1, height = 1, width = 1] = shape;
  const rows = Math.min(height, Math.max(1, Math.floor(pixelsAtOnce / width)));
  const inputs = (top: number): readonly [HostTensor, HostTensor, HostTensor, HostTensor] => [
    mean,
    reduced,
    cropPart(y, { top, left: 0, height: rows, width }, 1),
    placesOf(top, rows, mean.shape[2]! / height),
  ];
  const data = new Float32Array(sizeOf(shape));
  await withMap(
    composition,
    ([of, reducedOf, yOf, places]) => restoration.enlarge({ mean: of!, reduced: reducedOf!, y: yOf!, places: places! }),
    inputs(0),
    async (map) => {
      // The last rows overlap with those before them, so that all are as many.
      for (let next = 0; next < height; next += rows) {
        const top = Math.min(next, height - rows);
        const made = await map(inputs(top));
        const plane = rows * width;
        for (let c = 0; c < channels; c++) data.set(made.data.subarray(c * plane, (c + 1) * plane), (c * height + top) * width);
      }
    },
  );
  return { shape, dtype: "float32", data };
}

/** Where the middles of rows lie in an image of other rows; in double precision, so that whole numbers stay whole. */
const placesOf = (top: number, rows: number, scale: number): HostTensor => ({
  shape: [rows],
  dtype: "float32",
  data: Float32Array.from({ length: rows }, (_, i) => (top + i + 0.5) * scale - 0.5),
});
