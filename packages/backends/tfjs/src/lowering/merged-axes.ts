import { ofRank } from "../layout.js";

/** Axes that WGSL has vectors for; kernels of @tensorflow/tfjs-backend-webgpu 4.22 go wrong with more. */
export const vectorRank = 4;

/** A shape in which neighbours are one axis. */
export interface MergedAxes {
  readonly shape: number[];
  /** The chosen axes among those of `shape`. */
  readonly axes: number[];
}

/** A shape without axes of size 1, where neighbours are one axis if all of them are chosen or none is. */
export function mergedAxes(shape: readonly number[], axes: readonly number[]): MergedAxes {
  const chosen = new Set(axes);
  const runs: { size: number; readonly chosen: boolean }[] = [];
  shape.forEach((size, axis) => {
    const last = runs.at(-1);
    if (size === 1) return;
    if (last !== undefined && last.chosen === chosen.has(axis)) last.size *= size;
    else runs.push({ size, chosen: chosen.has(axis) });
  });
  return { shape: runs.map(({ size }) => size), axes: runs.flatMap((run, i) => (run.chosen ? [i] : [])) };
}

/** The shape that a value is repeated to; `axes` are those along which it is repeated. */
export function repeatedAxes(from: readonly number[], to: readonly number[]): MergedAxes {
  const full = ofRank(from, to.length);
  return mergedAxes(
    to,
    to.flatMap((size, axis) => (full[axis] === size ? [] : [axis])),
  );
}
