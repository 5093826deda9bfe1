import { lazyMatrix, separableOperator, type Aval, type DenseMatrix, type LinearOperator } from "@leader/core";
import type { ImageSize } from "../common/image.js";
import { reflected } from "../common/reflect.js";
import { legacyOrderOperator } from "./legacy-order.js";
import type { BlurOptions } from "./options.js";
import { withoutLastTap } from "./taps.js";

/** Weights along the two axes; tap i acts on the pixel at offset i - floor(size / 2). */
export interface BlurTaps {
  readonly vertical: Float64Array;
  readonly horizontal: Float64Array;
}

/** A blur whose kernel is the product of two lists of taps. */
export function blurOperator(name: string, image: Aval, size: ImageSize, given: BlurTaps, options: BlurOptions): LinearOperator {
  const { boundary, threshold, legacyTapDrop, legacySingularOrder } = options;
  const taps = legacyTapDrop ? { vertical: withoutLastTap(given.vertical), horizontal: withoutLastTap(given.horizontal) } : given;
  const vertical = blurMatrix(size.height, taps.vertical, boundary);
  const same =
    size.width === size.height &&
    taps.vertical.every((weight, i) => weight === taps.horizontal[i]) &&
    taps.vertical.length === taps.horizontal.length;
  const horizontal = same ? vertical : blurMatrix(size.width, taps.horizontal, boundary);
  return (legacySingularOrder ? legacyOrderOperator : separableOperator)({ name, domain: image, vertical, horizontal, threshold });
}

/** One axis of a blur; taps that fall outside are lost (`zero`), come in at the other end (`periodic`) or are folded back (`reflect`). */
export function blurMatrix(length: number, taps: Float64Array, boundary: BlurOptions["boundary"]): DenseMatrix {
  return lazyMatrix(length, length, () => {
    const data = new Float64Array(length * length);
    const centre = Math.floor(taps.length / 2);
    for (let row = 0; row < length; row++) {
      taps.forEach((weight, i) => {
        const column = place(row + i - centre, length, boundary);
        if (column !== undefined) data[row * length + column]! += weight;
      });
    }
    return data;
  });
}

/** Which pixel stands at an index inside or outside the picture. */
function place(index: number, length: number, boundary: BlurOptions["boundary"]): number | undefined {
  switch (boundary) {
    case "zero":
      return index >= 0 && index < length ? index : undefined;
    case "periodic":
      return ((index % length) + length) % length;
    case "reflect":
      return reflected(index, length);
    default:
      return boundary satisfies never;
  }
}
