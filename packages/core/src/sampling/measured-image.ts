import type { LinearOperator } from "../contract/operator.js";
import type { Tensor } from "../ir/tensor.js";

/**
 * A measurement as an image to start from, as released scripts make it: itself, or interpolated (bicubic) if it is a smaller picture, or else what
 * the operator's pseudo-inverse, failing that its adjoint, makes of it.
 */
export function measuredImage(operator: LinearOperator, y: Tensor): Tensor {
  const { domain, range } = operator;
  const isPicture = range.shape.length === domain.shape.length && range.shape[1] === domain.shape[1];
  if (!isPicture) return operator.pinv?.(y) ?? operator.adjoint(y);
  if (range.shape.join() === domain.shape.join()) return y;
  return y.resize({
    shape: domain.shape,
    scales: domain.shape.map((size, axis) => size / range.shape[axis]!),
    mode: "cubic",
    coordinates: "half_pixel",
    nearest: "round_prefer_floor",
    cubicCoefficient: -0.5,
    excludeOutside: false,
    antialias: false,
  });
}
