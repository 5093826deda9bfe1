import type { HostTensor, Tensor } from "@leader/core";

/** The two spatial axes of [N,C,H,W]. */
export type SpatialAxis = 2 | 3;

/**
 * The next pixel minus this one along an axis. Where there is no next pixel the value has no meaning; whoever uses it gives it no
 * weight, as `edges` does. One convolution over the pixels in the order of memory: cheaper than shifted copies.
 */
export const forwardDifference = (x: Tensor, axis: SpatialAxis): Tensor => flatDifference(x, axis, "next");

/** D^T p for a `p` that is 0 where there is no next pixel. */
export const adjointDifference = (p: Tensor, axis: SpatialAxis): Tensor => flatDifference(p, axis, "previous");

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
export const incidentWeight = (edgeWeight: Tensor, axis: SpatialAxis): Tensor => flatConvolution(edgeWeight, axis, "previous", [1, 1]);

/** Number of neighbours of each pixel inside the image, as [1,1,H,W]: the diagonal of -Laplace. */
export function neighbourCount(height: number, width: number): HostTensor {
  const along = (i: number, size: number): number => (i > 0 ? 1 : 0) + (i < size - 1 ? 1 : 0);
  const data = Float32Array.from({ length: height * width }, (_, k) => along(Math.floor(k / width), height) + along(k % width, width));
  return { shape: [1, 1, height, width], dtype: "float32", data };
}

const flatDifference = (x: Tensor, axis: SpatialAxis, other: "next" | "previous"): Tensor =>
  flatConvolution(x, axis, other, other === "next" ? [-1, 1] : [1, -1]);

/**
 * Weighs each pixel and its next or previous one, which lies one pixel or one row further in memory. Over the end of a row or of a
 * plane that is a pixel elsewhere, and beyond the ends of the tensor it is 0.
 */
function flatConvolution(x: Tensor, axis: SpatialAxis, other: "next" | "previous", weights: readonly [number, number]): Tensor {
  const distance = axis === 2 ? x.shape[3]! : 1;
  const kernel = x.trace.constant({ shape: [1, 1, 2], dtype: "float32", data: Float32Array.from(weights) });
  const pads = other === "next" ? [0, distance] : [distance, 0];
  return x
    .reshape([1, 1, x.size])
    .conv(kernel, { pads, dilations: [distance] })
    .reshape(x.shape);
}
