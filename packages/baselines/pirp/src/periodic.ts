import type { Tensor } from "@leader/core";

/** The two spatial axes of [N,C,H,W]. */
export type SpatialAxis = 2 | 3;
export const spatialAxes: readonly SpatialAxis[] = [2, 3];

/** The pixel after each along an axis, the first after the last. */
export function next(x: Tensor, axis: SpatialAxis): Tensor {
  const size = x.shape[axis]!;
  return x.sliceAxis(axis, 1, size).concat([x.sliceAxis(axis, 0, 1)], axis);
}

/** The pixel before each along an axis, the last before the first. */
export function previous(x: Tensor, axis: SpatialAxis): Tensor {
  const size = x.shape[axis]!;
  return x.sliceAxis(axis, size - 1, size).concat([x.sliceAxis(axis, 0, size - 1)], axis);
}
