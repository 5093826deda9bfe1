import type { ImagePart, OperatorLocality } from "@leader/core";
import { sizeOf, type HostTensor } from "@leader/graph";

/** How a picture is restored part by part: all parts have one size, so that they are compiled once. */
export interface PartPlan {
  readonly height: number;
  readonly width: number;
  readonly parts: readonly ImagePart[];
  /** Pixels that neighbours share at least. */
  readonly overlap: number;
}

/** Networks halve a picture several times: parts begin where halves do. */
const alignment = 16;
/** Pixels at each side of a part that are context only, beyond the reach of the operator. */
const context = 32;
/** Share of an overlap over which two parts are blended. */
const blended = 1 / 4;

const gcd = (a: number, b: number): number => (b === 0 ? a : gcd(b, a % b));
const multiple = (a: number, b: number): number => (a * b) / gcd(a, b);

/** Pixels that neighbouring parts share for an operator. */
export function overlapFor({ reach, stride }: OperatorLocality): number {
  const step = multiple(alignment, stride);
  return Math.ceil((2 * (context + reach)) / (1 - blended) / step) * step;
}

/** The least side of parts: such that hardly advance would take for ever. */
export const leastPart = (locality: OperatorLocality): number => 2 * overlapFor(locality);

/**
 * Cuts a picture [N,C,H,W] into overlapping parts of at most about `size` pixels per side; undefined if one part would be the whole.
 * The last part of an axis ends with the picture, and so shares more with the one before.
 */
export function planParts(shape: readonly number[], locality: OperatorLocality, size: number): PartPlan | undefined {
  const [, , height = 0, width = 0] = shape;
  const step = multiple(alignment, locality.stride);
  const overlap = overlapFor(locality);
  const most = Math.max(size, leastPart(locality));
  const rows = axisParts(height, most, overlap, step);
  const columns = axisParts(width, most, overlap, step);
  if (rows.starts.length * columns.starts.length === 1) return undefined;
  const parts = rows.starts.flatMap((top) => columns.starts.map((left) => ({ top, left, height: rows.size, width: columns.size })));
  return { height: rows.size, width: columns.size, parts, overlap };
}

function axisParts(
  length: number,
  most: number,
  overlap: number,
  step: number,
): { readonly size: number; readonly starts: readonly number[] } {
  if (length <= most) return { size: length, starts: [0] };
  const count = Math.ceil((length - overlap) / (most - overlap));
  const size = Math.min(length, Math.ceil((length + (count - 1) * overlap) / count / step) * step);
  const starts = Array.from({ length: count }, (_, i) => Math.min(i * (size - overlap), length - size));
  return { size, starts: [...new Set(starts)] };
}

/** The rows of a measurement [N,C,h,w] within a part of the image, plane by plane; views, not copies. */
export function* rowsOfPart({ shape, data }: HostTensor, part: ImagePart, stride: number): Generator<HostTensor["data"]> {
  const [n = 1, c = 1, height = 0, width = 0] = shape;
  const [top, left] = [part.top / stride, part.left / stride];
  const [rows, columns] = [part.height / stride, part.width / stride];
  for (let row = 0; row < n * c * rows; row++) {
    const [plane, y] = [Math.floor(row / rows), row % rows];
    const from = (plane * height + top + y) * width + left;
    yield data.subarray(from, from + columns);
  }
}

/** The part of a measurement [N,C,h,w] that belongs to a part of the image. */
export function cropPart(y: HostTensor, part: ImagePart, stride: number): HostTensor {
  const [n = 1, c = 1] = y.shape;
  const shape = [n, c, part.height / stride, part.width / stride];
  const crop = new Float32Array(sizeOf(shape));
  let at = 0;
  for (const row of rowsOfPart(y, part, stride)) {
    crop.set(row, at);
    at += row.length;
  }
  return { shape, dtype: "float32", data: crop };
}

/** Lays restored parts over each other, each a little over those before it. */
export class PartCanvas {
  readonly image: HostTensor;
  readonly #plan: PartPlan;

  constructor(shape: readonly number[], plan: PartPlan) {
    this.image = { shape, dtype: "float32", data: new Float32Array(shape.reduce((a, b) => a * b, 1)) };
    this.#plan = plan;
  }

  /** Parts come in the order of the plan: what is above and to the left is there already. */
  add(restored: HostTensor, part: ImagePart): void {
    const [n = 1, c = 1, height = 0, width = 0] = this.image.shape;
    const [down, across] = [this.#weights(part.top, part.height, "top"), this.#weights(part.left, part.width, "left")];
    const into = this.image.data;
    const from = restored.data;
    for (let plane = 0; plane < n * c; plane++) {
      for (let y = 0; y < part.height; y++) {
        const ofRow = down[y]!;
        if (ofRow === 0) continue;
        const to = (plane * height + part.top + y) * width + part.left;
        const at = (plane * part.height + y) * part.width;
        for (let x = 0; x < part.width; x++) {
          const weight = ofRow * across[x]!;
          into[to + x]! += weight * (from[at + x]! - into[to + x]!);
        }
      }
    }
  }

  /** The weight of a part along one axis over what lies there: 0 where it lacks context, smoothly up to 1. */
  #weights(start: number, length: number, axis: "top" | "left"): Float64Array {
    const before = this.#plan.parts.filter((other) => other[axis] < start).map((other) => other[axis]);
    const weights = new Float64Array(length).fill(1);
    if (before.length === 0) return weights;
    const shared = Math.max(...before) + length - start;
    for (let i = 0; i < shared; i++) {
      const t = Math.min(1, Math.max(0, ((i + 0.5) / shared - (1 - blended) / 2) / blended));
      weights[i] = t * t * (3 - 2 * t);
    }
    return weights;
  }
}
