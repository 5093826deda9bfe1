import type { OpAttrs } from "../op-attrs.js";
import type { Tensor } from "../tensor.js";
import { zeros } from "./broadcast.js";

/**
 * Cotangent of a sliced tensor of `shape`: the slice's cotangent put back in its places, zeros elsewhere.
 * Negative steps are reversed, strides filled with zeros, and the rest is one Pad.
 */
export function sliceVjp(cotangent: Tensor, shape: readonly number[], { starts, steps }: OpAttrs["Slice"]): Tensor {
  if (cotangent.size === 0) return zeros(cotangent, shape);
  const backward = steps.flatMap((step, i) => (step < 0 ? [i] : []));
  const ascending = backward.length === 0 ? cotangent : cotangent.flip(backward);
  const lowest = starts.map((start, i) => (steps[i]! < 0 ? start + (cotangent.shape[i]! - 1) * steps[i]! : start));
  const spread = steps.reduce((t, step, axis) => insertZeros(t, axis, Math.abs(step)), ascending);
  return spread.pad([...lowest, ...shape.map((n, i) => n - lowest[i]! - spread.shape[i]!)]);
}

/** Puts `step - 1` zeros between neighbours along the axis. */
function insertZeros(t: Tensor, axis: number, step: number): Tensor {
  const n = t.shape[axis]!;
  if (step === 1 || n === 1) return t;
  const [before, after] = [t.shape.slice(0, axis), t.shape.slice(axis + 1)];
  const columns = t.reshape([...before, n, 1, ...after]);
  const end = columns.shape.map((_, i) => (i === axis + 1 ? step - 1 : 0));
  const filled = columns.pad([...end.map(() => 0), ...end]).reshape([...before, n * step, ...after]);
  return filled.sliceAxis(axis, 0, (n - 1) * step + 1);
}
