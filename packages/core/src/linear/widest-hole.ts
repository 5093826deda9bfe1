import { equalShapes, type HostTensor } from "@leader/graph";
import type { LinearOperator } from "../contract/operator.js";

/**
 * Side in pixels of the largest square of an image of which no pixel is measured, where pixels are measured one by one (inpainting). 0 for other
 * operators: each of their values speaks of many pixels, so that what they leave open is not a hole.
 */
export function widestHole({ svd, measured }: Pick<LinearOperator, "svd" | "measured">): number {
  if (svd === undefined || measured === undefined || !sameZeros(svd.singularValues, measured)) return 0;
  const [height = 0, width = 0] = measured.shape.slice(-2);
  return largestSquare(openPixels(measured, height * width), width);
}

const sameZeros = (a: HostTensor, b: HostTensor): boolean =>
  equalShapes(a.shape, b.shape) && a.data.every((value, i) => (value === 0) === (b.data[i] === 0));

/** 1 for each pixel that is measured in no channel. */
function openPixels({ data }: HostTensor, pixels: number): Uint8Array {
  const open = new Uint8Array(pixels).fill(1);
  for (let i = 0; i < data.length; i++) if (data[i] !== 0) open[i % pixels] = 0;
  return open;
}

/** Each open pixel is the lower right corner of a square one larger than the least of those above, left, and above left of it. */
function largestSquare(open: Uint8Array, width: number): number {
  let above = new Uint32Array(width);
  let largest = 0;
  for (let start = 0; start < open.length; start += width) {
    const row = new Uint32Array(width);
    for (let column = 0; column < width; column++) {
      if (open[start + column] === 0) continue;
      row[column] = column === 0 ? 1 : 1 + Math.min(row[column - 1]!, above[column]!, above[column - 1]!);
      largest = Math.max(largest, row[column]!);
    }
    above = row;
  }
  return largest;
}
