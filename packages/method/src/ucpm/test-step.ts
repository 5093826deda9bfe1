import { linearBetaSchedule, type Aval, type LinearOperator, type StepContext, type StepInput, type Tensor } from "@leader/core";
import { constantLevel, maskOperator } from "@leader/core/testing";

export const schedule = linearBetaSchedule();

/** A step as a modulator sees it, without a sampler. */
export interface TestStep {
  readonly x0: Tensor;
  readonly uncertainty: Tensor;
  /** Default: the measurement of x0 itself. */
  readonly y?: Tensor;
  /** Indices of the schedule. Default 101 to 51. */
  readonly from?: number;
  readonly to?: number;
  /** Default: the mask of the conformance suites. */
  readonly operator?: LinearOperator;
  /** In engine units. Default 0. */
  readonly sigmaY?: number;
  /** Default false. */
  readonly rearranged?: boolean;
}

export function aStep({
  x0,
  uncertainty,
  from = 101,
  to = 51,
  sigmaY = 0,
  rearranged = false,
  ...given
}: TestStep): readonly [StepContext, StepInput] {
  const { trace } = x0;
  const operator = given.operator ?? maskOperator({ shape: x0.shape, dtype: x0.dtype });
  const level = (index: number) => constantLevel(trace, schedule, index);
  const y = given.y ?? operator.apply(x0);
  const ctx = {
    operator,
    sigmaY: trace.scalar(sigmaY, "float32"),
    rearranged,
    noise: (_name: string, like: Aval) => trace.scalar(0, "float32").expand(like.shape),
    ofPicture: (_name: string, own: Tensor) => own,
    denoiser: { image: { shape: x0.shape, dtype: x0.dtype } },
  } as StepContext;
  return [ctx, { x: x0, y, from: level(from), to: level(to), prior: { x0, epsilon: x0, uncertainty } }];
}
