import { formatAval, type HostTensor } from "@leader/graph";
import { errors } from "./error-codes.js";
import type { PixelOptions } from "./metric.js";

/** Image channels as float64 planes in [0,1]. */
export interface Planes {
  readonly height: number;
  readonly width: number;
  readonly channels: readonly Float64Array[];
}

/** The planes that a metric compares: clamped to [0,1], cropped, in the colour space asked for. */
export function planesOf(image: HostTensor, metric: string, { colour = "rgb", crop = 0 }: PixelOptions): Planes {
  const [, channels = 0, height = 0, width = 0] = image.shape;
  const [rows, columns] = [height - 2 * crop, width - 2 * crop];
  if (rows < 1 || columns < 1) throw errors.TOO_SMALL({ metric, least: 2 * crop + 1, height, width });
  const plane = (c: number): Float64Array => {
    const out = new Float64Array(rows * columns);
    for (let y = 0; y < rows; y++) {
      const from = (c * height + y + crop) * width + crop;
      for (let x = 0; x < columns; x++) out[y * columns + x] = (Math.min(1, Math.max(-1, image.data[from + x]!)) + 1) / 2;
    }
    return out;
  };
  const all = Array.from({ length: channels }, (_, c) => plane(c));
  return { height: rows, width: columns, channels: colour === "rgb" ? all : [luma(all, metric, colour === "y-16-235")] };
}

/** BT.601 luma of gamma-coded values: over the full range, or from 16/255 to 235/255. */
function luma(planes: readonly Float64Array[], metric: string, studio: boolean): Float64Array {
  const [red, green, blue] = planes;
  if (planes.length !== 3 || red === undefined || green === undefined || blue === undefined) {
    throw errors.COLOUR({ metric, channels: planes.length });
  }
  const full = red.map((r, i) => 0.299 * r + 0.587 * green[i]! + 0.114 * blue[i]!);
  return studio ? full.map((y) => (16 + 219 * y) / 255) : full;
}

/** Errors: SHAPES_DIFFER unless both are the same [1,C,H,W]. */
export function requireAlike(metric: string, image: HostTensor, reference: HostTensor): void {
  const alike = image.shape.length === 4 && image.shape[0] === 1 && image.shape.join() === reference.shape.join();
  if (!alike) throw errors.SHAPES_DIFFER({ metric, expected: formatAval(reference), received: formatAval(image) });
}
