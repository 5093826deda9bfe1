import {
  noiseAround,
  operatorPower,
  type AncestralStep,
  type LastEstimate,
  type Level,
  type LinearOperator,
  type StepContext,
  type StepOutput,
  type Tensor,
} from "@leader/core";

/** What RePaint keeps between steps. */
export interface RepaintState extends LastEstimate {
  /** A^+ y, the known part of the image: time travel needs it and has no measurement. */
  readonly known: Tensor;
}

/** Noise weights below this are never divided by. */
const smallestWeight = 1e-6;

/**
 * Eq. 8 of RePaint at a level: (I - A^+ A) (mean + spread z) + sqrt(ab) A^+ y + sqrt(1-ab) A^+ A z. The parts in the range and in
 * the null space of one normal z are independent, so one draw serves both.
 */
export function merge(
  ctx: StepContext,
  z: Tensor,
  { mean, spread }: AncestralStep,
  state: RepaintState,
  at: Level,
): StepOutput<RepaintState> {
  const inRange = rangeProjection(ctx.operator);
  const unknown = mean.add(spread.mul(z));
  const st = at.sqrtOneMinusAlphaBar;
  const x = unknown.add(at.sqrtAlphaBar.mul(state.known)).add(inRange(st.mul(z).sub(unknown)));
  return {
    x,
    state,
    freshNoise: { whitened: whitened(z, inRange(z), spread.div(st.maximum(smallestWeight))), total: noiseAround(x, state.x0, at) },
  };
}

/** The inverse of M = weight (I - A^+ A) + A^+ A applied to z, of which A^+ A z is given. */
const whitened = (z: Tensor, inRange: Tensor, weight: Tensor): Tensor => z.sub(inRange).div(weight.maximum(smallestWeight)).add(inRange);

function rangeProjection(operator: LinearOperator): (x: Tensor) => Tensor {
  const pinv = operatorPower(operator, "pinv", "repaint");
  return (x) => pinv(operator.apply(x));
}
