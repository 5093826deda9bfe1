import type { Aval, LinearOperator, OperatorFactory } from "@leader/core";
import { imageSize, imageType, type ImageSize } from "./image.js";

/** A factory of operators whose measurement has the type of the image. */
export function sameSizeOperator(operator: string, at: (image: Aval, size: ImageSize) => LinearOperator): OperatorFactory {
  return {
    imageFor: (measurement) => imageType(imageSize(operator, measurement)),
    at: (image) => at(image, imageSize(operator, image)),
  };
}
