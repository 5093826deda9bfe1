import type { TfTensor, Tfjs } from "../tfjs.js";
import { mutable } from "./lowering.js";

/** Puts `step - 1` zeros between neighbours along an axis. */
export function insertZeros(tf: Tfjs, x: TfTensor, axis: number, step: number): TfTensor {
  const n = x.shape[axis]!;
  if (step === 1 || n === 1) return x;
  const [before, after] = [x.shape.slice(0, axis), x.shape.slice(axis + 1)];
  // As [before, n, 1, after] padded to [before, n, step, after]: three axes suffice.
  const [outer, inner] = [before.reduce((a, b) => a * b, 1), after.reduce((a, b) => a * b, 1)];
  const spread = tf.pad(tf.reshape(x, [outer * n, 1, inner]), [
    [0, 0],
    [0, step - 1],
    [0, 0],
  ]);
  const rows = tf.slice(tf.reshape(spread, [outer, n * step, inner]), [0, 0, 0], [outer, (n - 1) * step + 1, inner]);
  return tf.reshape(rows, [...before, (n - 1) * step + 1, ...after]);
}

/** A filter [kh,kw,I,O] with zeros between its taps. */
export const dilateFilter = (tf: Tfjs, filter: TfTensor, dilations: readonly number[]): TfTensor =>
  dilations.reduce((w, dilation, axis) => insertZeros(tf, w, axis, dilation), filter);

/** The part of each axis that begins at `begins` and has the given size; what lies beyond the end is zero. */
export function cropTo(tf: Tfjs, x: TfTensor, axes: readonly number[], begins: readonly number[], sizes: readonly number[]): TfTensor {
  const starts = x.shape.map(() => 0);
  const kept = mutable(x.shape);
  const missing = x.shape.map((): [number, number] => [0, 0]);
  axes.forEach((axis, i) => {
    starts[axis] = begins[i]!;
    kept[axis] = Math.min(sizes[i]!, x.shape[axis]! - begins[i]!);
    missing[axis] = [0, sizes[i]! - kept[axis]];
  });
  const cropped = kept.every((n, i) => n === x.shape[i]) ? x : tf.slice(x, starts, kept);
  return missing.every(([, after]) => after === 0) ? cropped : tf.pad(cropped, missing);
}
