import { formatAval, type Aval } from "@leader/core";
import { errors } from "../error-codes.js";

/** The sizes of a batch of images. */
export interface ImageSize {
  readonly batch: number;
  readonly channels: number;
  readonly height: number;
  readonly width: number;
}

/** The sizes of [N,C,H,W] images, or a coded error that names the operator. */
export function imageSize(operator: string, { shape, dtype }: Aval): ImageSize {
  const [batch, channels, height, width] = shape;
  if (dtype !== "float32" || shape.length !== 4 || shape.some((n) => n < 1)) {
    throw errors.NOT_AN_IMAGE({ operator, received: formatAval({ shape, dtype }) });
  }
  return { batch: batch!, channels: channels!, height: height!, width: width! };
}

/** The type of images of a size. */
export const imageType = ({ batch, channels, height, width }: ImageSize): Aval => ({
  shape: [batch, channels, height, width],
  dtype: "float32",
});
