import { measuredShare, type Level, type LinearOperator, type StepContext, type Tensor } from "@leader/core";

/** The network's estimate of the last step and the noise it was made at, 0 before the first step. */
export interface LastSeen {
  readonly x0: Tensor;
  readonly sigma: Tensor;
  /** A x0: of a mask it is computed sooner than kept, and without a pseudo-inverse it is not needed. */
  readonly measured?: Tensor;
  readonly [key: string]: Tensor;
}

/** False where everything is measured, as in denoising: nothing would be carried on. */
export const leavesOpen = (operator: LinearOperator): boolean =>
  measuredShare(operator) < 1 || (operator.svd === undefined && operator.pinv !== undefined);

/** What is kept of a step for the next. */
export const lastSeen = ({ operator }: Pick<StepContext, "operator">, x0: Tensor, sigma: Tensor): LastSeen => ({
  x0,
  sigma,
  ...(operator.pinv === undefined || operator.measured !== undefined ? {} : { measured: operator.apply(x0) }),
});

/** Nothing seen yet. */
export function unseen(ctx: StepContext): LastSeen {
  const zero = ctx.sigmaY.trace.scalar(0, "float32");
  return lastSeen(ctx, zero.expand(ctx.denoiser.image.shape), zero);
}

/** The step to the clean level counts as one to this noise: the logarithm of 0 has no length. */
const smallestSigma = 0.02;
/** Ratio of the shortest step behind, so that its logarithm is one before anything was seen too. */
const shortest = 1.0001;
/** The most that is added of the last change: the estimates of long steps are not that even. */
const mostAdded = 0.5;

/**
 * What a second-order step adds to x0 (DPM-Solver++ 2M; Lu et al. 2022, algorithm 2, in log sigma):
 *
 *   k (x0 - x0_last),   k = strength h / (2 h_last) <= 1/2,   h = log(sigma / sigma'),  h_last = log(sigma_last / sigma)
 *
 * A step holds the estimate from sigma to sigma'; the change that the last step brought says where it will go meanwhile. No network evaluation.
 * Of the change only what is not measured is carried on, (I - A^+ A) of it: in the range the measurement leads, and with it would come more and
 * more of its noise. Without a pseudo-inverse the part is taken as the share of all dimensions. Nothing is added where the estimate is certain, nor in the first step.
 * @param uncertainty Sigma of this step.
 */
export function extrapolated(
  { operator }: Pick<StepContext, "operator">,
  { x0, uncertainty }: { readonly x0: Tensor; readonly uncertainty: Tensor },
  { from, to }: { readonly from: Level; readonly to: Level },
  last: LastSeen,
  strength: number,
): Tensor {
  const ahead = from.sigma.div(to.sigma.maximum(smallestSigma)).log().maximum(0);
  const behind = last.sigma.div(from.sigma).maximum(shortest).log();
  const weight = ahead
    .div(behind)
    .mul(strength / 2)
    .minimum(mostAdded);
  const known = last.sigma.greater(from.sigma).where(weight, 0);
  return unmeasured(operator, x0, last).mul(uncertainty.greater(0).cast("float32").mul(known));
}

/** (I - A^+ A) (x0 - x0_last). */
function unmeasured(operator: LinearOperator, x0: Tensor, last: LastSeen): Tensor {
  const change = x0.sub(last.x0);
  if (operator.pinv === undefined) return change.mul(1 - measuredShare(operator));
  return change.sub(operator.pinv(last.measured === undefined ? operator.apply(change) : operator.apply(x0).sub(last.measured)));
}
