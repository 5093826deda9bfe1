/**
 * How the axes of a value are ordered in memory.
 * - `first`: as in the graph language, channels before the spatial axes.
 * - `last`: axis 1 behind all others, as TensorFlow.js convolves.
 * - `filter`: of convolution weights, spatial axes first, the others in reverse.
 */
export type Layout = "first" | "last" | "filter";

/** By axis in memory: the axis of the graph language that it holds. */
export function axesIn(layout: Layout, rank: number): readonly number[] {
  const axes = Array.from({ length: rank }, (_, i) => i);
  // Below rank 3 there is nothing behind the channels.
  if (layout === "first" || rank < 3) return axes;
  return layout === "last" ? [0, ...axes.slice(2), 1] : [...axes.slice(2), 1, 0];
}

/** A list with one entry per axis, in the order of the memory. */
export const arranged = <T>(perAxis: readonly T[], layout: Layout): readonly T[] =>
  axesIn(layout, perAxis.length).map((axis) => perAxis[axis]!);

/** Where an axis of the graph language lies in memory. */
export const positionOf = (axis: number, layout: Layout, rank: number): number => axesIn(layout, rank).indexOf(axis);

/** The permutation that takes one layout to another, in terms of the axes in memory. */
export function permutationBetween(from: Layout, to: Layout, rank: number): readonly number[] {
  const before = axesIn(from, rank);
  return axesIn(to, rank).map((axis) => before.indexOf(axis));
}

/** True if a transposition moves no element, because it only moves axes of size 1. */
export function movesNothing(shape: readonly number[], permutation: readonly number[]): boolean {
  const large = permutation.filter((axis) => shape[axis] !== 1);
  return large.every((axis, i) => i === 0 || axis > large[i - 1]!);
}

/** A shape with axes of size 1 in front. */
export const ofRank = (shape: readonly number[], rank: number): readonly number[] => [
  ...Array.from({ length: rank - shape.length }, () => 1),
  ...shape,
];
