import type { StepContext } from "../contract/baseline.js";
import type { Tensor } from "@leader/graph";

/** How a measurement pulls on a state through the network. */
export interface ResidualPull {
  /** J^T A^T r / |r| = -grad |y - A x0(x)|, of the state's type; 0 where r is 0. */
  readonly direction: Tensor;
  /** |y - A x0|, one number per image: [N,1,1,1]. */
  readonly residual: Tensor;
}

export interface ResidualPullOptions {
  /** One norm over the whole batch, as in the code that DPS was released with, instead of one per image. Default false. */
  readonly jointNorm?: boolean;
  /** A symmetric linear map of the residual, such as a low-pass filter: r is then this of y - A x0. */
  readonly filter?: (r: Tensor) => Tensor;
}

/** Keeps a division by the norm of nothing finite. */
const tiny = 1e-12;

/**
 * The guidance of DPS (Chung et al. 2023, Algorithm 1) and of all that follow it: the negative gradient of the residual's norm by the
 * state, at the cost of one pass back through the network. For `guide`.
 * @param x the state; @param x0 an estimate that descends from it, clipped or not: clipping stops the gradient where it acts.
 */
export function residualPull(
  ctx: StepContext,
  at: { readonly x: Tensor; readonly x0: Tensor; readonly y: Tensor },
  { jointNorm = false, filter = (r) => r }: ResidualPullOptions = {},
): ResidualPull {
  const r = filter(at.y.sub(ctx.operator.apply(at.x0)));
  const batch = at.x.shape[0]!;
  const squares = r.square().reshape([batch, r.size / batch]);
  const joint = jointNorm ? squares.sum().reshape([1, 1]) : squares.sum([1], { keepDims: true });
  const residual = joint.sqrt().expand([batch, 1]).reshape([batch, 1, 1, 1]);
  const weight = residual.maximum(tiny).reshape([batch, ...r.shape.slice(1).map(() => 1)]);
  return { direction: ctx.pullback(at.x0, at.x, ctx.operator.adjoint(filter(r).div(weight))), residual };
}

/**
 * Length of a step along `direction`: `scale` for every trained level that the step crosses, but at most |r|, the length of a whole
 * gradient step of |r|^2 / 2. Scales of DPS and its successors are stated for walks through all 1000 levels.
 */
export function pullLength(
  scale: number | Tensor,
  residual: Tensor,
  levels: { readonly from: { readonly index: Tensor }; readonly to: { readonly index: Tensor } },
): Tensor {
  return levels.from.index.sub(levels.to.index).mul(scale).minimum(residual);
}
