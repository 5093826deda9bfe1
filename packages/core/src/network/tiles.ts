import { equalShapes, type Aval, type HostTensor, type Tensor } from "@leader/graph";
import { constantOf } from "../linear/constants.js";

/**
 * A network on overlapping tiles of a picture, as a graph: each tile is a slice, predictions are blended where tiles overlap. The state,
 * its noise and the operator stay those of the whole picture, so tiles share all but what the network sees beyond their border.
 */

/** Tiles of one axis: `count` of `size` pixels, each beginning `size - overlap` pixels after the one before. */
export interface AxisTiles {
  readonly size: number;
  readonly overlap: number;
  readonly count: number;
}

/** Tiles of a picture. */
export interface Tiling {
  readonly rows: AxisTiles;
  readonly columns: AxisTiles;
}

/** Tiles begin at multiples of this, so that networks that halve a picture halve its tiles at the same pixels. */
const alignment = 16;
/** Pixels of context that tiles share; three eighths of it at each side are not used at all. */
const usualOverlap = 64;
/** Pictures of more pixels than this are tiled by `auto`. */
const autoPixels = 1024 * 1024;
const autoSize = 512;

const aligned = (n: number): number => Math.ceil(n / alignment) * alignment;

/**
 * How a picture [N,C,H,W] is tiled; undefined if the network sees it whole.
 * @param input shape of the network's input as far as its file fixes it: such a network has tiles of its own size
 * @param most the side of tiles for `auto`, where whoever knows the memory has decided it
 */
export function tilingOf(
  { shape }: Aval,
  input: readonly (number | string | undefined)[] | undefined,
  tiles: number | "auto" | "off",
  most?: number,
): Tiling | undefined {
  const [, , height = 0, width = 0] = shape;
  if (shape.length !== 4 || tiles === "off") return undefined;
  const [rows, columns] = [input?.[2], input?.[3]];
  const fixed = (size: number | string | undefined): number | undefined => (typeof size === "number" ? size : undefined);
  const wanted = tiles === "auto" ? (most ?? (height * width > autoPixels ? autoSize : undefined)) : tiles;
  const side = wanted === undefined ? undefined : aligned(wanted);
  const tiling = { rows: axisTiles(height, fixed(rows), side), columns: axisTiles(width, fixed(columns), side) };
  const whole = tiling.rows.count * tiling.columns.count === 1 && tiling.rows.size === height && tiling.columns.size === width;
  return whole ? undefined : tiling;
}

/** The fewest tiles that cover an axis, and the smallest that do so with the overlap. */
function axisTiles(length: number, fixed: number | undefined, most: number | undefined): AxisTiles {
  const limit = fixed ?? most ?? length;
  if (length <= limit) return { size: fixed ?? length, overlap: 0, count: 1 };
  const overlap = Math.min(usualOverlap, Math.floor(limit / 2 / alignment) * alignment);
  const count = Math.ceil((length - overlap) / (limit - overlap));
  return { size: fixed ?? aligned((length + (count - 1) * overlap) / count), overlap, count };
}

const startOf = ({ size, overlap }: AxisTiles, i: number): number => i * (size - overlap);
const covered = (axis: AxisTiles): number => startOf(axis, axis.count - 1) + axis.size;

/**
 * The prediction for a state [N,C,H,W] from the predictions for its tiles, which together count as one evaluation.
 * @param predict the network on one tile, and how many evaluations that call counts as
 */
export function inTiles(state: Tensor, { rows, columns }: Tiling, predict: (tile: Tensor, evaluations: number) => Tensor): Tensor {
  const [n = 1, c = 1] = state.shape;
  const padded = extended(state, [n, c, covered(rows), covered(columns)]);
  const each = <T>(count: number, f: (i: number) => T): readonly T[] => Array.from({ length: count }, (_, i) => f(i));
  const strips = each(rows.count, (row) => {
    const top = startOf(rows, row);
    const parts = each(columns.count, (column) => {
      const left = startOf(columns, column);
      const tile = padded.slice([0, 0, top, left], [n, c, top + rows.size, left + columns.size]);
      return predict(tile, row === 0 && column === 0 ? 1 : 0);
    });
    return joined(parts, columns, 3);
  });
  const whole = joined(strips, rows, 2);
  return beginningOf(whole, [n, whole.shape[1]!, ...state.shape.slice(2)]);
}

/** Neighbours along an axis as one: what only one of them saw, and a blend of what both did. */
function joined(parts: readonly Tensor[], axis: AxisTiles, along: 2 | 3): Tensor {
  if (parts.length === 1) return parts[0]!;
  const { size, overlap } = axis;
  const cut = (x: Tensor, from: number, to: number): Tensor => {
    const [starts, ends] = [x.shape.map(() => 0), [...x.shape]];
    starts[along] = from;
    ends[along] = to;
    return x.slice(starts, ends);
  };
  const pieces = parts.flatMap((part, i) => {
    const own = cut(part, i === 0 ? 0 : overlap, i === parts.length - 1 ? size : size - overlap);
    const next = parts[i + 1];
    if (next === undefined) return [own];
    const [before, after] = [cut(part, size - overlap, size), cut(next, 0, overlap)];
    return [own, before.add(after.sub(before).mul(constantOf(part.trace, ramp(overlap, along))))];
  });
  return pieces[0]!.concat(pieces.slice(1), along);
}

/** The share of the later tile across an overlap: 0 where its context ends, smoothly up to 1 in the middle quarter. */
function ramp(length: number, along: 2 | 3): HostTensor {
  const data = Float32Array.from({ length }, (_, i) => {
    const t = Math.min(1, Math.max(0, (4 * (i + 0.5)) / length - 1.5));
    return t * t * (3 - 2 * t);
  });
  return { shape: along === 2 ? [1, 1, length, 1] : [1, 1, 1, length], dtype: "float32", data };
}

/** As much of a tensor as a shape holds, from the first value of every axis on. */
export const beginningOf = (x: Tensor, shape: readonly number[]): Tensor =>
  equalShapes(x.shape, shape) ? x : x.slice([0, 0, 0, 0], shape);

/** Pads below and to the right: mirrored, to and fro where the image has fewer pixels than are missing. */
export function extended(x: Tensor, shape: readonly number[]): Tensor {
  const more = shape.map((n, axis) => n - x.shape[axis]!);
  if (more.every((n) => n === 0)) return x;
  // A single pixel has none beside it to mirror.
  const mirrored = more.map((n, axis) => Math.min(n, x.shape[axis]! - 1));
  if (mirrored.every((n) => n === 0)) return x.pad([0, 0, 0, 0, ...more], "edge");
  return extended(x.pad([0, 0, 0, 0, ...mirrored], "reflect"), shape);
}
