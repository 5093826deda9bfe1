import { lazyMatrix, separableOperator, type Aval, type DenseMatrix, type LinearOperator } from "@leader/core";
import type { ImageSize } from "../common/image.js";
import { reflected } from "../common/reflect.js";

/** Keys' cubic convolution kernel with a = -1/2 (Keys 1981). */
function cubic(distance: number): number {
  const u = Math.abs(distance);
  if (u <= 1) return (1.5 * u - 2.5) * u * u + 1;
  return u < 2 ? ((-0.5 * u + 2.5) * u - 4) * u + 2 : 0;
}

/**
 * One axis of bicubic downsampling with an antialiasing kernel widened by the factor: row r is centred on its block of pixels,
 * at (r + 1/2) factor - 1/2, and the image continues by symmetric reflection. For an even factor these are the 4 factor taps of
 * the lineage of DDRM; for an odd one the centre is a pixel, where the lineage is half a pixel off.
 */
export function bicubicMatrix(length: number, factor: number): DenseMatrix {
  const rows = length / factor;
  return lazyMatrix(rows, length, () => {
    const data = new Float64Array(rows * length);
    for (let r = 0; r < rows; r++) {
      const centre = (r + 0.5) * factor - 0.5;
      const taps = tapsAround(centre, factor);
      const sum = taps.reduce((total, { weight }) => total + weight, 0);
      for (const { column, weight } of taps) data[r * length + reflected(column, length)]! += weight / sum;
    }
    return data;
  });
}

function tapsAround(centre: number, factor: number): readonly { readonly column: number; readonly weight: number }[] {
  const first = Math.floor(centre - 2 * factor) + 1;
  const last = Math.ceil(centre + 2 * factor) - 1;
  return Array.from({ length: last - first + 1 }, (_, i) => ({ column: first + i, weight: cubic((first + i - centre) / factor) }));
}

/** Bicubic downsampling of both axes. */
export function bicubic(image: Aval, { height, width }: ImageSize, factor: number, threshold: number): LinearOperator {
  const vertical = bicubicMatrix(height, factor);
  const horizontal = width === height ? vertical : bicubicMatrix(width, factor);
  return separableOperator({ name: "bicubic super-resolution", domain: image, vertical, horizontal, threshold });
}
