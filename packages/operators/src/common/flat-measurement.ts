import { formatAval, type Aval } from "@leader/core";
import { z } from "zod";
import { errors } from "../error-codes.js";
import { imageType } from "./image.js";

/** Options of operators whose measurement [N,C,M] does not show the size of the picture. */
export const flatMeasurementOptions = {
  ratio: z.number().gt(0).max(1).default(0.25).describe("measured numbers per pixel"),
  imageSize: z
    .strictObject({ height: z.int().min(1).describe("rows"), width: z.int().min(1).describe("columns") })
    .optional()
    .describe("size of the picture, needed to restore a stored measurement of a picture that is not square"),
} as const;

/**
 * The picture that a measurement [N,C,M] restores to: of the stated size, or else the square one.
 * @param lengthFor M of a picture of a given height and width.
 */
export function imageOfFlatMeasurement(
  operator: string,
  { shape, dtype }: Aval,
  stated: { readonly height: number; readonly width: number } | undefined,
  ratio: number,
  lengthFor: (height: number, width: number) => number,
): Aval {
  const received = formatAval({ shape, dtype });
  const [batch, channels, length] = shape;
  if (dtype !== "float32" || shape.length !== 3) throw errors.MEASUREMENT_INVALID({ operator, expected: "type float32 [N,C,M]", received });
  if (stated !== undefined) {
    const expected = lengthFor(stated.height, stated.width);
    if (length !== expected) {
      throw errors.MEASUREMENT_INVALID({
        operator,
        expected: `${expected} numbers per channel for ${stated.height} x ${stated.width}`,
        received,
      });
    }
    return imageType({ batch: batch!, channels: channels!, ...stated });
  }
  const near = Math.round(Math.sqrt(length! / ratio));
  const candidates = [near - 1, near, near + 1, near + 2].filter((side) => side > 0 && lengthFor(side, side) === length);
  if (candidates.length !== 1) throw errors.IMAGE_SIZE_UNKNOWN({ operator, received });
  return imageType({ batch: batch!, channels: channels!, height: candidates[0]!, width: candidates[0]! });
}
