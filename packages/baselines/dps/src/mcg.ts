import {
  ancestralStep,
  diffusionBetween,
  noiseAround,
  operatorPower,
  pureNoise,
  residualPull,
  type LastEstimate,
  type Level,
  type StepContext,
  type StepOutput,
  type Tensor,
  type UpdateRule,
} from "@leader/core";
import { limited, pull, type DpsOptions, type Guidance } from "./dps.js";

/** What MCG keeps between steps. */
export interface McgState extends LastEstimate {
  /** A^+ y: time travel needs it and has no measurement. */
  readonly known: Tensor;
}

/** Noise weights below this are never divided by. */
const smallestWeight = 1e-6;

/**
 * MCG: manifold constrained gradient (Chung et al. 2022, Algorithm 1). The step of DPS, confined to what the measurement leaves open, and a
 * projection onto the measurement noised to the level of the state. With P = A^+ A:
 *
 *   x'' = mu(x0, x) + s z + zeta J^T A^T r / |r|
 *   x'  = (I - P) x'' + sqrt(a') A^+ y + sqrt(1-a') P z
 *
 * For inpainting, where P is the mask, this is the released code; any operator with a pseudo-inverse has the same rule. It fits a
 * measurement exactly, noise and all. `faithful` inserts the measurement at the level that the step comes from, one too noisy, so
 * that noise of 0.01 is left in the result; the rest of `faithful` is that of DPS.
 */
export function mcg(options: DpsOptions): UpdateRule<McgState> {
  const faithful = options.mode === "faithful";
  return {
    init(ctx, { y, level }) {
      const made = pureNoise(ctx, level);
      return { ...made, state: { x0: made.x, known: operatorPower(ctx.operator, "pinv", "mcg")(y) } };
    },
    guide: (ctx, { x, y, prior }) => ({
      ...residualPull(ctx, { x, y, x0: limited(prior.x0, options) }, { jointNorm: faithful }),
    }),
    step(ctx, { x, from, to, prior, guidance }, { known }) {
      const x0 = limited(prior.x0, options);
      const { mean, spread } = ancestralStep(x, x0, from, to, options.variance);
      const pulled = mean.add(pull(guidance as Guidance, from, to, options));
      const z = ctx.noise("z", ctx.denoiser.image);
      return inserted(ctx, { open: pulled, spread, z }, { x0, known }, faithful ? from : to, to);
    },
    travel(ctx, { x, from, to }, state) {
      const { ratio, spread } = diffusionBetween(from, to);
      return inserted(ctx, { open: ratio.mul(x), spread, z: ctx.noise("travel", ctx.denoiser.image) }, state, to, to);
    },
  };
}

interface OpenPart {
  /** The state before its noise. */
  readonly open: Tensor;
  readonly spread: Tensor;
  readonly z: Tensor;
}

/** (I - P) (open + spread z) + sqrt(a) A^+ y + sqrt(1-a) P z with the a of `level`: what P sees of z is independent of the rest. */
function inserted(ctx: StepContext, { open, spread, z }: OpenPart, state: McgState, level: Level, to: Level): StepOutput<McgState> {
  const pinv = operatorPower(ctx.operator, "pinv", "mcg");
  const inRange = (v: Tensor): Tensor => pinv(ctx.operator.apply(v));
  const unknown = open.add(spread.mul(z));
  const st = level.sqrtOneMinusAlphaBar;
  const x = unknown.add(level.sqrtAlphaBar.mul(state.known)).add(inRange(st.mul(z).sub(unknown)));
  const total = to.sqrtOneMinusAlphaBar.maximum(smallestWeight);
  const seen = inRange(z);
  // The inverse of M = (spread (I - P) + st P) / sqrt(1-a') applied to z.
  const whitened = z
    .sub(seen)
    .div(spread.div(total).maximum(smallestWeight))
    .add(seen.div(st.div(total).maximum(smallestWeight)));
  return { x, state, freshNoise: { whitened, total: noiseAround(x, state.x0, to) } };
}
