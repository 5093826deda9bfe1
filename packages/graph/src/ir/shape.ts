import { errors } from "../error-codes.js";
import { formatAval } from "./format.js";

type Shape = readonly number[];

/** Number of elements. */
export const sizeOf = (shape: Shape): number => shape.reduce((a, b) => a * b, 1);

export const equalShapes = (a: Shape, b: Shape): boolean => a.length === b.length && a.every((n, i) => n === b[i]);

interface Extents {
  readonly 1: readonly [number];
  readonly 2: readonly [number, number];
  readonly 3: readonly [number, number, number];
  readonly 4: readonly [number, number, number, number];
  readonly 5: readonly [number, number, number, number, number];
}

/** True for a shape of that rank: it can then be taken apart. */
export const hasRank = <R extends keyof Extents>(shape: Shape, rank: R): shape is Extents[R] => shape.length === rank;

/** The sizes of a shape whose rank is known, to take apart: `const [n, c, h, w] = extents(x.shape, 4)`. @throws SHAPE_MISMATCH */
export function extents<R extends keyof Extents>(shape: Shape, rank: R): Extents[R] {
  if (hasRank(shape, rank)) return shape;
  throw errors.SHAPE_MISMATCH({ op: "extents", problem: `[${shape.join(",")}] has not ${rank} axes` });
}

/** Batch, channels and the spatial sizes of a shape, however many there are. @throws SHAPE_MISMATCH for fewer than two axes. */
export function imageExtents(shape: Shape): readonly [number, number, ...number[]] {
  const [batch, channels, ...spatial] = shape;
  if (batch === undefined || channels === undefined)
    throw errors.SHAPE_MISMATCH({ op: "extents", problem: `[${shape.join(",")}] has no batch and channels` });
  return [batch, channels, ...spatial];
}

/** Row-major strides in elements. */
export function stridesOf(shape: Shape): number[] {
  const strides = new Array<number>(shape.length);
  let stride = 1;
  for (let i = shape.length - 1; i >= 0; i--) {
    strides[i] = stride;
    stride *= shape[i]!;
  }
  return strides;
}

/** A non-negative axis below `rank`, or a coded error that names the op. */
export function normalizeAxis(op: string, axis: number, rank: number): number {
  const normal = axis < 0 ? axis + rank : axis;
  if (!Number.isInteger(axis) || normal < 0 || normal >= rank) {
    throw errors.SHAPE_MISMATCH({ op, problem: `axis ${axis} is outside a tensor of rank ${rank}` });
  }
  return normal;
}

/** Non-negative axes, ascending, without repeats. */
export function normalizeAxes(op: string, axes: Shape, rank: number): number[] {
  const normal = axes.map((axis) => normalizeAxis(op, axis, rank));
  const unique = [...new Set(normal)].sort((a, b) => a - b);
  if (unique.length !== axes.length) throw errors.SHAPE_MISMATCH({ op, problem: `axes [${axes.join(",")}] name an axis twice` });
  return unique;
}

/** NumPy broadcasting of several shapes, or a coded error that names the op and the shapes. */
export function broadcastShapes(op: string, ...shapes: readonly Shape[]): number[] {
  const rank = Math.max(0, ...shapes.map((s) => s.length));
  return Array.from({ length: rank }, (_, i) => {
    let size = 1;
    for (const shape of shapes) {
      const n = shape[i - rank + shape.length] ?? 1;
      if (n !== 1 && size !== 1 && n !== size) {
        const list = shapes.map((s) => formatAval({ shape: s, dtype: "float32" }).slice("float32".length)).join(" and ");
        throw errors.SHAPE_MISMATCH({ op, problem: `shapes ${list} do not broadcast` });
      }
      if (n !== 1) size = n;
    }
    return size;
  });
}
