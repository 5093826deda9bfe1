import type { HostTensor, Tensor } from "@leader/core";

/** The two spatial axes of [N,C,H,W]. */
export type SpatialAxis = 2 | 3;

/** D x: the next pixel minus this one along an axis, and 0 at the border, where there is no next pixel. */
export function forwardDifference(x: Tensor, axis: SpatialAxis): Tensor {
  const size = x.shape[axis]!;
  return x
    .pad(padAt(axis, "end"), "edge")
    .sliceAxis(axis, 1, size + 1)
    .sub(x);
}

/** D^T p for a `p` that is 0 at the border, as a weighted forward difference is. */
export const adjointDifference = (p: Tensor, axis: SpatialAxis): Tensor => previous(p, axis).sub(p);

/** D^T W D x along an axis, W a diagonal of edge weights that broadcasts to x. */
export const weightedLaplacian = (x: Tensor, axis: SpatialAxis, weight: Tensor): Tensor =>
  adjointDifference(forwardDifference(x, axis).mul(weight), axis);

/** -Laplace x = sum over axes of D^T D x: 4 x minus the neighbours inside; borders reflect, so a constant gives 0. */
export const negativeLaplacian = (x: Tensor): Tensor =>
  adjointDifference(forwardDifference(x, 2), 2).add(adjointDifference(forwardDifference(x, 3), 3));

/** Sum of the weights of the edges that meet at each pixel along an axis: the diagonal of D^T W D. */
export function incidentWeight(weight: Tensor, axis: SpatialAxis): Tensor {
  const size = weight.shape[axis]!;
  const isEdge = {
    shape: axis === 2 ? [size, 1] : [1, size],
    dtype: "float32",
    data: Float32Array.from({ length: size }, (_, i) => (i === size - 1 ? 0 : 1)),
  } as const;
  const edges = weight.mul(weight.trace.constant(isEdge));
  return edges.add(previous(edges, axis));
}

/** Number of neighbours of each pixel inside the image, as [1,1,H,W]: the diagonal of -Laplace. */
export function neighbourCount(height: number, width: number): HostTensor {
  const along = (i: number, size: number): number => (i > 0 ? 1 : 0) + (i < size - 1 ? 1 : 0);
  const data = Float32Array.from({ length: height * width }, (_, k) => along(Math.floor(k / width), height) + along(k % width, width));
  return { shape: [1, 1, height, width], dtype: "float32", data };
}

/** The pixel before, and 0 where there is none. */
const previous = (p: Tensor, axis: SpatialAxis): Tensor => p.pad(padAt(axis, "begin")).sliceAxis(axis, 0, p.shape[axis]!);

const padAt = (axis: SpatialAxis, side: "begin" | "end"): readonly number[] =>
  Array.from({ length: 8 }, (_, i) => (i === axis + (side === "begin" ? 0 : 4) ? 1 : 0));
