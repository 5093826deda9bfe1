import type { LinearOperator } from "../contract/operator.js";
import { equalShapes, type Tensor } from "@leader/graph";

/**
 * A measurement as an image to start from, as released scripts make it: itself, or interpolated if it is a smaller picture, or else what
 * the operator's pseudo-inverse, failing that its adjoint, makes of it.
 * @param mode of the interpolation: bicubic, or by the nearest pixel.
 */
export function measuredImage(operator: LinearOperator, y: Tensor, mode: "cubic" | "nearest" = "cubic"): Tensor {
  const { domain, range } = operator;
  const isPicture = range.shape.length === domain.shape.length && range.shape[1] === domain.shape[1];
  if (!isPicture) return operator.pinv?.(y) ?? operator.adjoint(y);
  if (equalShapes(range.shape, domain.shape)) return y;
  return interpolated(y, domain.shape, mode);
}

/** Bicubic interpolation (Keys 1981, a = -0.5) to another shape, without antialiasing. */
export const resizeBicubic = (x: Tensor, shape: readonly number[]): Tensor => interpolated(x, shape, "cubic");

const interpolated = (x: Tensor, shape: readonly number[], mode: "cubic" | "nearest"): Tensor =>
  x.resize({
    shape,
    scales: shape.map((size, axis) => size / x.shape[axis]!),
    mode,
    coordinates: "half_pixel",
    nearest: "round_prefer_floor",
    cubicCoefficient: -0.5,
    excludeOutside: false,
    antialias: false,
  });
