import { coreErrors, type Level, type LinearOperator, type StepContext, type StepOutput, type Tensor } from "@leader/core";

/** What RePaint keeps between steps. */
export interface RepaintState {
  /** The last posterior mean: what the noise of a state is measured from. */
  readonly x0: Tensor;
  /** A^+ y, the known part of the image: time travel needs it and has no measurement. */
  readonly known: Tensor;
  readonly [key: string]: Tensor;
}

/** The unknown part of a state before its noise. */
export interface Unknown {
  readonly mean: Tensor;
  /** Standard deviation of the noise to add; a scalar. */
  readonly spread: Tensor;
}

/** Noise weights below this are never divided by. */
const smallestWeight = 1e-6;

/**
 * Eq. 8 of RePaint at a level: (I - A^+ A) (mean + spread z) + sqrt(ab) A^+ y + sqrt(1-ab) A^+ A z. The parts in the range and in
 * the null space of one normal z are independent, so one draw serves both.
 */
export function merge(ctx: StepContext, z: Tensor, { mean, spread }: Unknown, state: RepaintState, at: Level): StepOutput<RepaintState> {
  const inRange = rangeProjection(ctx.operator);
  const unknown = mean.add(spread.mul(z));
  const st = at.sqrtOneMinusAlphaBar;
  const x = unknown.add(at.sqrtAlphaBar.mul(state.known)).add(inRange(st.mul(z).sub(unknown)));
  return { x, state, freshNoise: { whitened: whitened(z, inRange(z), spread.div(st.maximum(smallestWeight))), total: noiseAround(x, state.x0, at) } };
}

/** x = z as a state of its level: sqrt(ab) 0 + sqrt(1-ab) n. Not merged, as in the paper. */
export function pureNoise(z: Tensor, known: Tensor, at: Level): StepOutput<RepaintState> {
  const st = at.sqrtOneMinusAlphaBar;
  return { x: z, state: { x0: z, known }, freshNoise: { whitened: z.mul(st), total: z.div(st.maximum(smallestWeight)) } };
}

/** The inverse of M = weight (I - A^+ A) + A^+ A applied to z, of which A^+ A z is given. */
const whitened = (z: Tensor, inRange: Tensor, weight: Tensor): Tensor => z.sub(inRange).div(weight.maximum(smallestWeight)).add(inRange);

const noiseAround = (x: Tensor, x0: Tensor, { sqrtAlphaBar, sqrtOneMinusAlphaBar }: Level): Tensor =>
  x.sub(sqrtAlphaBar.mul(x0)).div(sqrtOneMinusAlphaBar.maximum(smallestWeight));

function rangeProjection(operator: LinearOperator): (x: Tensor) => Tensor {
  const pinv = pseudoInverse(operator);
  return (x) => pinv(operator.apply(x));
}

/** A^+, or a coded error. The stage declares it in `requires`, so a host never lets this fail. */
export function pseudoInverse({ name, pinv }: LinearOperator): (y: Tensor) => Tensor {
  if (pinv === undefined) throw coreErrors.BAD_ARGUMENT({ function: "repaint", expected: "an operator with `pinv`", received: `\`${name}\`, which has none` });
  return pinv;
}
