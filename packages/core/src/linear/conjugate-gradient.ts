import type { Tensor } from "@leader/graph";

export interface ConjugateGradientOptions {
  /** How many iterations the graph makes; there is no early exit, but a system that is solved stays solved. */
  readonly iterations: number;
  /** Where to start. Default 0, which saves one application. */
  readonly x0?: Tensor;
  /** About the inverse of S, symmetric and positive definite: fewer iterations for the same error. */
  readonly precondition?: (residual: Tensor) => Tensor;
}

/** A residual this much smaller than the right-hand side is rounding error in float32. */
const SOLVED = 2 ** -23;

/**
 * Solves S x = b by conjugate gradients (Hestenes and Stiefel 1952) with a fixed number of iterations, unrolled into the trace.
 * The first axis counts images, each of which is a system of its own with its own step sizes, so results do not depend on the batch.
 * Step sizes are 0 once a system is solved to float32 precision: an exact solution neither divides by zero nor drifts away.
 * @param applySpd a symmetric positive definite map of tensors like b.
 */
export function conjugateGradient(
  applySpd: (x: Tensor) => Tensor,
  b: Tensor,
  { iterations, x0, precondition = (residual) => residual }: ConjugateGradientOptions,
): Tensor {
  let x = x0 ?? b.mul(0);
  // Added once the next summand is there: a runtime that goes back from the result computes these sums on the way, and so need not keep the
  // directions of all iterations for the end.
  let pending: Tensor | undefined;
  let residual = x0 === undefined ? b : b.sub(applySpd(x0));
  let direction = precondition(residual);
  let energy = innerProduct(residual, direction);
  const solved = innerProduct(b, precondition(b)).mul(SOLVED ** 2);
  for (let i = 0; i < iterations; i++) {
    const image = applySpd(direction);
    const curvature = innerProduct(direction, image);
    const active = energy.greater(solved).and(curvature.greater(0));
    const step = active.where(energy.div(active.where(curvature, 1)), 0);
    const summand = direction.mul(step);
    if (pending !== undefined) x = x.add(pending);
    pending = summand;
    if (i === iterations - 1) break;
    residual = residual.sub(image.mul(step));
    const correction = precondition(residual);
    const nextEnergy = innerProduct(residual, correction);
    const momentum = active.where(nextEnergy.div(active.where(energy, 1)), 0);
    direction = correction.add(direction.mul(momentum));
    energy = nextEnergy;
  }
  return pending === undefined ? x : x.add(pending);
}

/** Per image, in a shape that broadcasts to the images. */
function innerProduct(a: Tensor, b: Tensor): Tensor {
  const axes = a.shape.map((_, axis) => axis).slice(1);
  return a.mul(b).sum(axes, { keepDims: true });
}
