import type { StepOutput } from "../contract/baseline.js";
import type { Level } from "../contract/denoiser.js";
import type { LinearOperator } from "../contract/operator.js";
import type { Tensor } from "@leader/graph";
import { operatorPower } from "../linear/operator-power.js";
import type { AncestralStep } from "./ancestral-step.js";
import { noiseAround, type LastEstimate } from "./fresh-noise.js";

/** What a rule keeps between steps that puts what the measurement knows into every state. */
export interface KnownRange extends LastEstimate {
  /** A^+ y: time travel needs it and has no measurement. */
  readonly known: Tensor;
}

/** A step before what is known is put in, with the normal draw for its noise. */
export interface OpenStep extends AncestralStep {
  readonly z: Tensor;
}

/** Noise weights below this are never divided by. */
const smallestWeight = 1e-6;

/** P = A^+ A. Throws `LEADER_BAD_ARGUMENT`, naming `method`, where the operator has no pseudo-inverse. */
export function rangeProjection(operator: LinearOperator, method: string): (x: Tensor) => Tensor {
  const pinv = operatorPower(operator, "pinv", method);
  return (x) => pinv(operator.apply(x));
}

/**
 * The state (I - P) (mean + spread z) + sqrt(a) A^+ y + sqrt(1-a) P z at the level `to`, with the a of `given`: `to` itself, unless a method
 * puts in the measurement at another level. The parts of one normal z in the range and in the null space are independent, so
 * that one draw serves both (RePaint, Lugmayr et al. 2022, eq. 8, with P for the mask). What is said of the fresh noise is exact for a scalar
 * spread, and for one per pixel where P is a mask.
 */
export function insertKnown<S extends KnownRange>(
  project: (x: Tensor) => Tensor,
  { mean, spread, z }: OpenStep,
  state: S,
  to: Level,
  given: Level = to,
): StepOutput<S> {
  const unknown = mean.add(spread.mul(z));
  const st = given.sqrtOneMinusAlphaBar;
  const x = unknown.add(given.sqrtAlphaBar.mul(state.known)).add(project(st.mul(z).sub(unknown)));
  const total = to.sqrtOneMinusAlphaBar.maximum(smallestWeight);
  const seen = project(z);
  // The inverse of M = (spread (I - P) + st P) / sqrt(1-a') applied to z.
  const whitened = z
    .sub(seen)
    .div(spread.div(total).maximum(smallestWeight))
    .add(seen.div(st.div(total).maximum(smallestWeight)));
  return { x, state, freshNoise: { whitened, total: noiseAround(x, state.x0, to) } };
}
