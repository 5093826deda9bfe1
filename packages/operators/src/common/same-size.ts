import { defined, type Aval, type LinearOperator, type OperatorFactory, type OperatorLocality } from "@leader/core";
import { imageSize, imageType, type ImageSize } from "./image.js";

/** A factory of operators whose measurement has the type of the image. */
export function sameSizeOperator(
  operator: string,
  at: (image: Aval, size: ImageSize) => LinearOperator,
  locality?: OperatorLocality,
): OperatorFactory {
  return {
    imageFor: (measurement) => imageType(imageSize(operator, measurement)),
    at: (image) => at(image, imageSize(operator, image)),
    ...defined({ locality }),
  };
}

/** Each pixel of the measurement comes from the same pixel of the image. */
export const pointwise: OperatorLocality = { stride: 1, reach: 0, coefficients: "pixels" };
