import { errors } from "../error-codes.js";
import { formatAval } from "./format.js";

type Shape = readonly number[];

/** Number of elements. */
export const sizeOf = (shape: Shape): number => shape.reduce((a, b) => a * b, 1);

export const equalShapes = (a: Shape, b: Shape): boolean => a.length === b.length && a.every((n, i) => n === b[i]);

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
