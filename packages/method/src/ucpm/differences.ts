import type { HostTensor, Tensor } from "@leader/core";

/** The two spatial axes of [N,C,H,W]. */
export type SpatialAxis = 2 | 3;

/**
 * The next pixel minus this one along an axis. Where there is no next pixel the value has no meaning; whoever uses it gives it no
 * weight, as `edges` does.
 */
export const forwardDifference = (x: Tensor, axis: SpatialAxis): Tensor =>
  axis === 2 ? shiftedRows(x, 1).sub(x) : flatConvolution(x, "next", [-1, 1]);

/** D^T p for a `p` that is 0 where there is no next pixel. */
export const adjointDifference = (p: Tensor, axis: SpatialAxis): Tensor =>
  axis === 2 ? shiftedRows(p, -1).sub(p) : flatConvolution(p, "previous", [1, -1]);

/** |D x|^2, of each colour or (`coupled`) summed over them: [N,1,H,W]. */
export function squaredGradient(x: Tensor, colour: "coupled" | "separate"): Tensor {
  const along = (axis: SpatialAxis): Tensor => {
    const square = forwardDifference(x, axis).square();
    return (colour === "coupled" ? square.sum([1], { keepDims: true }) : square).mul(edges(x, axis));
  };
  return along(2).add(along(3));
}

/** 1 where there is a next pixel along an axis, and 0 where there is none; broadcasts to `like`. */
export function edges(like: Tensor, axis: SpatialAxis): Tensor {
  const size = like.shape[axis]!;
  return like.trace.constant({
    shape: axis === 2 ? [size, 1] : [1, size],
    dtype: "float32",
    data: Float32Array.from({ length: size }, (_, i) => (i === size - 1 ? 0 : 1)),
  });
}

/** D^T W D x along an axis, W a diagonal of weights that broadcasts to x and is 0 where there is no next pixel. */
export const weightedLaplacian = (x: Tensor, axis: SpatialAxis, edgeWeight: Tensor): Tensor =>
  adjointDifference(forwardDifference(x, axis).mul(edgeWeight), axis);

/** -Laplace x = sum over axes of D^T D x: 4 x minus the neighbours inside; borders reflect, so a constant gives 0. */
export const negativeLaplacian = (x: Tensor): Tensor => weightedLaplacian(x, 2, edges(x, 2)).add(weightedLaplacian(x, 3, edges(x, 3)));

/** Sum of the weights of the edges that meet at each pixel along an axis: the diagonal of D^T W D. `edgeWeight` is [N,C,H,W], with 0 where there is no next pixel. */
export const incidentWeight = (edgeWeight: Tensor, axis: SpatialAxis): Tensor =>
  axis === 2 ? shiftedRows(edgeWeight, -1).add(edgeWeight) : flatConvolution(edgeWeight, "previous", [1, 1]);

/** Number of neighbours of each pixel inside the image, as [1,1,H,W]: the diagonal of -Laplace. */
export function neighbourCount(height: number, width: number): HostTensor {
  const along = (i: number, size: number): number => (i > 0 ? 1 : 0) + (i < size - 1 ? 1 : 0);
  const data = Float32Array.from({ length: height * width }, (_, k) => along(Math.floor(k / width), height) + along(k % width, width));
  return { shape: [1, 1, height, width], dtype: "float32", data };
}

/** The next (1) or previous (-1) row in the place of each one, those at the ends exchanged: copies of rows, for less than half of a convolution over them. */
function shiftedRows(x: Tensor, by: 1 | -1): Tensor {
  const rows = x.shape[2]!;
  const indices = Int32Array.from({ length: rows }, (_, i) => (i + by + rows) % rows);
  return x.gather(x.trace.constant({ shape: [rows], dtype: "int32", data: indices }), 2);
}

/**
 * Weighs each pixel and its next or previous one in the order of memory, as one convolution: cheaper than shifted copies. Over the end of a row
 * that is a pixel elsewhere, and beyond the ends of the tensor it is 0.
 */
function flatConvolution(x: Tensor, other: "next" | "previous", weights: readonly [number, number]): Tensor {
  const kernel = x.trace.constant({ shape: [1, 1, 2], dtype: "float32", data: Float32Array.from(weights) });
  return x
    .reshape([1, 1, x.size])
    .conv(kernel, { pads: other === "next" ? [0, 1] : [1, 0] })
    .reshape(x.shape);
}
