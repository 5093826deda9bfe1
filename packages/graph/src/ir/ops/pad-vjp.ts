import type { OpAttrs } from "../op-attrs.js";
import type { Tensor } from "../tensor.js";

type Mode = OpAttrs["Pad"]["mode"];

/** Cotangent of a padded tensor of `shape`: what fell on the padding is folded back onto the elements that filled it. */
export function padVjp(cotangent: Tensor, shape: readonly number[], { pads, mode }: OpAttrs["Pad"]): Tensor {
  const rank = shape.length;
  return shape.reduce((t, n, axis) => foldAxis(t, axis, n, pads[axis]!, pads[axis + rank]!, mode), cotangent);
}

function foldAxis(t: Tensor, axis: number, n: number, begin: number, end: number, mode: Mode): Tensor {
  if (begin === 0 && end === 0) return t;
  const core = t.sliceAxis(axis, begin, begin + n);
  if (mode === "constant") return core;
  const parts: Tensor[] = [core];
  if (begin > 0) parts.push(place(t.sliceAxis(axis, 0, begin), axis, n, mode, "begin"));
  if (end > 0) parts.push(place(t.sliceAxis(axis, begin + n, begin + n + end), axis, n, mode, "end"));
  return parts.reduce((sum, part) => sum.add(part));
}

/** The cotangent of one side's padding, moved to the elements of an axis of size n that it was copied from. */
function place(side: Tensor, axis: number, n: number, mode: Exclude<Mode, "constant">, at: "begin" | "end"): Tensor {
  const count = side.shape[axis]!;
  switch (mode) {
    case "edge":
      return padAxis(side.sum([axis], { keepDims: true }), axis, at === "begin" ? 0 : n - 1, n);
    case "reflect":
      return padAxis(side.flip([axis]), axis, at === "begin" ? 1 : n - 1 - count, n);
    case "wrap":
      return padAxis(side, axis, at === "begin" ? n - count : 0, n);
    default:
      return mode satisfies never;
  }
}

/** Zeros around `t` so that it starts at `start` of an axis of size n. */
function padAxis(t: Tensor, axis: number, start: number, n: number): Tensor {
  const begin = t.shape.map((_, i) => (i === axis ? start : 0));
  const end = t.shape.map((count, i) => (i === axis ? n - start - count : 0));
  return t.pad([...begin, ...end]);
}
