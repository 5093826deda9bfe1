import { denseProduct, denseTranspose, type DenseMatrix, type HostTensor } from "@leader/core";
import { errors } from "../error-codes.js";
import { drawLine, gaussianSmoothing, lanczosDownscaling } from "./draw.js";
import { randomPath, type Point } from "./random-path.js";

/** The path is drawn this much larger than the kernel. */
const OVERSAMPLING = 2;

/** A random camera-shake kernel of size x size, non-negative, with sum 1. */
export function motionKernel(seed: number, size: number, intensity: number): DenseMatrix {
  const side = OVERSAMPLING * size;
  const diagonal = side * Math.SQRT2;
  const path = onCanvas(randomPath(seed, diagonal, intensity), side);
  const drawing = drawLine(path, side, Math.max(1, Math.floor(diagonal / 150)));
  const reduce = denseProduct(lanczosDownscaling(size, OVERSAMPLING), gaussianSmoothing(side, Math.floor(diagonal / 100)));
  const reduced = denseProduct(denseProduct(reduce, drawing), denseTranspose(reduce));
  // Lanczos weights are partly negative; a kernel is not.
  return normalised({ ...reduced, data: reduced.data.map((value) => Math.max(0, value)) });
}

/** Moves a path about the origin to the middle of the canvas; one that would leave the canvas is scaled to fit instead of being cut. */
function onCanvas(path: readonly Point[], side: number): readonly Point[] {
  const extent = path.reduce((largest, { x, y }) => Math.max(largest, Math.abs(x), Math.abs(y)), 0);
  const room = side / 2 - 1;
  const scale = extent > room ? room / extent : 1;
  return path.map(({ x, y }) => ({ x: side / 2 + scale * x, y: side / 2 + scale * y }));
}

/** The kernel in a file: an array [H,W], or [C,H,W] whose channels are averaged, divided by its sum. */
export function kernelOfArray(path: string, array: HostTensor): DenseMatrix {
  const [channels, rows, columns] = array.shape.length === 2 ? [1, ...array.shape] : array.shape;
  if (array.shape.length < 2 || array.shape.length > 3 || channels === undefined || rows === undefined || columns === undefined) {
    throw errors.KERNEL_INVALID({ path, problem: `it has shape [${array.shape.join(",")}]` });
  }
  const size = rows * columns;
  const data = new Float64Array(size);
  array.data.forEach((value, i) => (data[i % size]! += value));
  const sum = data.reduce((a, b) => a + b, 0);
  if (!Number.isFinite(sum) || sum <= 0) throw errors.KERNEL_INVALID({ path, problem: `its values sum to ${sum}` });
  return normalised({ rows, columns, data });
}

function normalised(kernel: DenseMatrix): DenseMatrix {
  const sum = kernel.data.reduce((a, b) => a + b, 0);
  return { ...kernel, data: kernel.data.map((value) => value / sum) };
}
