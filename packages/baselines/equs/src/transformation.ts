import { coreErrors } from "@leader/core";

/** A symmetry of images, as a rearrangement of pixels. */
export type Transformation = "flip-horizontal" | "flip-vertical" | "rotate-90" | "rotate-180" | "shift";
export const transformations = [
  "flip-horizontal",
  "flip-vertical",
  "rotate-90",
  "rotate-180",
  "shift",
] as const satisfies readonly Transformation[];

/**
 * For every pixel of the transformed image, row by row, the pixel of the original that it shows. `rotate-90` turns clockwise and needs
 * a square image; `shift` moves by half of each side, circularly.
 */
export function sourcePixels(transformation: Transformation, height: number, width: number): Int32Array {
  if (transformation === "rotate-90" && height !== width) {
    throw coreErrors.BAD_ARGUMENT({ function: "equs", expected: "a square image for `rotate-90`", received: `${height} x ${width}` });
  }
  const source = sourceOf(transformation, height, width);
  return Int32Array.from({ length: height * width }, (_, i) => source(Math.floor(i / width), i % width));
}

/** The inverse rearrangement. */
export function inverse(source: Int32Array): Int32Array {
  const back = new Int32Array(source.length);
  source.forEach((from, to) => (back[from] = to));
  return back;
}

function sourceOf(transformation: Transformation, height: number, width: number): (row: number, column: number) => number {
  const at = (row: number, column: number): number => row * width + column;
  switch (transformation) {
    case "flip-horizontal":
      return (row, column) => at(row, width - 1 - column);
    case "flip-vertical":
      return (row, column) => at(height - 1 - row, column);
    case "rotate-90":
      return (row, column) => at(height - 1 - column, row);
    case "rotate-180":
      return (row, column) => at(height - 1 - row, width - 1 - column);
    case "shift":
      return (row, column) => at((row + Math.floor(height / 2)) % height, (column + Math.floor(width / 2)) % width);
    default:
      return transformation satisfies never;
  }
}
