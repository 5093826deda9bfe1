import {
  type AnnealedRate,
  annealedRate,
  type GuidedInput,
  type StepContext,
  type StepInput,
  type Tensor,
  type UpdateRule,
} from "@leader/core";
import { smoothed, type GradientMemory } from "./adaptive-momentum.js";

export interface SpgdOptions extends AnnealedRate {
  /** `faithful`: every gradient as it is, which is what the released code does. */
  readonly mode: "corrected" | "faithful";
  /** J, the gradient steps of a level, each one network evaluation. */
  readonly evaluations: number;
  /** beta: the share of the remembered gradient where it points as the new one does. */
  readonly momentum: number;
}

/** What SPGD keeps between the evaluations of a step. */
export type SpgdState = GradientMemory;

/** What `guide` hands on: J^T A^T (A D(x) - y), doubled, by the state. */
type Guidance = { readonly gradient: Tensor };

/**
 * SPGD: stabilised progressive gradient diffusion (Wu et al. 2025), on the rescaled state v = x / sqrt(a) = x0 + sigma n. Every level takes J steps
 * down the data gradient through the network, then one along the probability flow, with the estimate D from before the last of them:
 *
 *   v_j+1 = v_j - rate g~_j,   g_j = grad_v |A D(v_j) - y|^2,   g~ by adaptive directional momentum (`smoothed`)
 *   v'    = v_J + (D(v_J-1) - v_J-1) (1 - sigma' / sigma)
 *
 * `rate` falls with the level (`annealedRate`), published to a hundredth from sigma 100 to 0.1. Nothing is drawn but the first state. The noise of the
 * measurement is not used. Images in [-1,1], estimates unclipped. A modulator reaches D in the step to the next level.
 *
 * `corrected`: the momentum of the paper. `faithful`: without; the released code computes it and then steps along the raw gradient.
 * Deviations from the released code in both: as of DAPS in rate and network time.
 */
export function spgd(options: SpgdOptions): UpdateRule<SpgdState> {
  /** The rescaled state after a gradient step, in units of x. */
  const descended = (input: GuidedInput<Guidance, Pick<StepInput, "x" | "from">>, state: SpgdState): GradientStep => {
    const { x, from, guidance } = input;
    const { gradient } = guidance;
    const memory = options.mode === "faithful" ? state : smoothed(gradient, state, options.momentum);
    const followed = options.mode === "faithful" ? gradient : memory.gradient;
    // One factor sqrt(a) makes it the gradient by v, another brings the step back to x.
    return { x: x.sub(followed.mul(from.alphaBar.mul(annealedRate(from, options)))), memory };
  };
  return {
    inner: {
      most: options.evaluations,
      advance(_ctx, input: GuidedInput<Guidance, Omit<StepInput, "to">>, state) {
        const { x, memory } = descended(input, state);
        return { x, state: memory };
      },
    },
    init(ctx, { level }) {
      const z = ctx.noise("init", ctx.denoiser.image);
      return { x: level.sqrtOneMinusAlphaBar.mul(z), state: nothingYet(z) };
    },
    guide: (ctx, { x, y, prior }): Guidance => ({ gradient: dataGradient(ctx, x, y, prior.x0) }),
    step(_ctx, input: GuidedInput<Guidance>, state) {
      const { x, from, to, prior } = input;
      const v = descended(input, state).x.div(from.sqrtAlphaBar);
      const flow = prior.x0.sub(x.div(from.sqrtAlphaBar)).mul(from.sigma.sub(to.sigma).div(from.sigma));
      return { x: to.sqrtAlphaBar.mul(v.add(flow)), state: nothingYet(x) };
    },
  };
}

interface GradientStep {
  readonly x: Tensor;
  readonly memory: GradientMemory;
}

/** The gradient of |A x0 - y|^2 by the state that x0 is the estimate of. */
const dataGradient = (ctx: StepContext, x: Tensor, y: Tensor, x0: Tensor): Tensor =>
  ctx.pullback(x0, x, ctx.operator.adjoint(ctx.operator.apply(x0).sub(y)).mul(2));

/** The memory at the start of a level. */
function nothingYet(like: Tensor): GradientMemory {
  const zero = like.trace.scalar(0, "float32");
  return { gradient: zero.expand(like.shape), begun: zero };
}
