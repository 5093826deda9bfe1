import type { Aval, Tensor } from "@leader/graph";
import type { Tree } from "../tree.js";
import type { Denoiser, Level, Prior } from "./denoiser.js";
import type { LinearOperator } from "./operator.js";

/** What a stage may use while it is traced. Errors: LEADER_NAME_TAKEN where two draws, or two observations, of a phase share a name. */
export interface StepContext {
  /** The degradation y = A x + noise, for the image type of this trace. */
  readonly operator: LinearOperator;
  /** The network, for the image type of this trace. */
  readonly denoiser: Denoiser;
  /** Standard deviation of the measurement noise in engine units (images in [-1,1]); a scalar, 0 if noise-free. */
  readonly sigmaY: Tensor;
  /** True if the pipeline states that the measurement is noise-free: a fact of the trace, so a rule may branch on it. */
  readonly noiseFree: boolean;
  /** True if LEADer proposes the share of fresh noise of every step (`StepInput.freshShare`): a fact of the trace as well. */
  readonly proposesFreshShare: boolean;
  /** True if the network sees rearranged images in some steps (`UpdateRule.rearranges`): a fact of the trace as well. */
  readonly rearranged: boolean;
  /** Unit normal noise of the given shape, filled by the host from (seed, image, step, name). */
  noise(name: string, like: Aval): Tensor;
  /** Random signs (-1 or +1), filled like `noise`: probes for trace and diagonal estimators. */
  signs(name: string, like: Aval): Tensor;
  /** Reports a float32 scalar to the event stream, and to the scheduler if it is known before the decision (`guide`, an inner loop). */
  observe(name: string, scalar: Tensor): void;
  /**
   * A float32 scalar that says something about the whole picture, such as a mean: where a picture is restored in parts, every part gets the value
   * of the part that leads, since own ones would leave borders between them. It is observed under its name, which no other value of the step has. Of a batch each keeps its
   * own. For `estimate`, `modulate` and `step`: values of `init` and of the rounds of an inner loop are not handed on.
   */
  ofPicture(name: string, own: Tensor): Tensor;
  /** Gradient of a scalar function at x. */
  grad(f: (x: Tensor) => Tensor, x: Tensor): Tensor;
  /**
   * J^T cotangent, with J the derivative of `output` by `input`, two values of this phase. In `guide`, `pullback(prior.x0, x, v)` goes
   * back through the network without another evaluation; it takes about as long as one. Needs `denoiser.differentiable`.
   * @param cotangent of output's type.
   */
  pullback(output: Tensor, input: Tensor, cotangent: Tensor): Tensor;
}

/**
 * How a state was made, for estimators that learn from injected noise (Stein's lemma; Stein, Annals of Statistics 1981):
 * x = sqrt(alphaBar) xhat + sqrt(1-alphaBar) n with n = M z + (what was known before z), z unit normal, M symmetric.
 *
 * An example for one pixel: a step to alphaBar = 0.64 from xhat = 0.5, with 0.6 of the noise drawn and 0.8 of it the epsilon = 0.5
 * that the network predicted (0.6^2 + 0.8^2 = 1). The draw is z = 1. Then n = 0.6 * 1 + 0.8 * 0.5 = 1, the state is
 * x = 0.8 * 0.5 + 0.6 * 1 = 1, M = 0.6, and the step returns whitened = 1 / 0.6 = 1.667 and total = 1.
 */
export interface FreshNoise {
  /** M^-1 z, of the image's type: with isotropic fresh noise of weight c this is z / c. */
  readonly whitened: Tensor;
  /** n, the whole noise of the state, of the image's type. */
  readonly total: Tensor;
}

/** What a rule leaves behind: the next state of the sampler. */
export interface StepOutput<S extends Tree<Tensor> = Tree<Tensor>> {
  /** The sample at the level that the step went to, of the image's type; at level 0 the restored image in [-1,1]. */
  readonly x: Tensor;
  /** What the rule wants to see in the next step; its structure, shapes and types never change. */
  readonly state: S;
  /** Absent if the step adds no fresh noise. Errors: LEADER_FRESH_NOISE_MISSING if the estimator in use needs it. */
  readonly freshNoise?: FreshNoise;
}

/** What a rule knows in a step. */
export interface StepInput {
  /** The sample at `from`, of the image's type. */
  readonly x: Tensor;
  /** The measurement, of the operator's `range`, in engine units (images in [-1,1]). */
  readonly y: Tensor;
  readonly from: Level;
  /** The cleaner level that the scheduler chose. */
  readonly to: Level;
  /** What the network says about x, after the modulator if there is one. */
  readonly prior: Prior;
  /** What `guide` returned. */
  readonly guidance?: Tree<Tensor>;
  /**
   * What LEADer proposes for this step: the share in [0,1] of the variance of `to`'s noise that is drawn afresh, a scalar. A rule that has such
   * a share takes it in place of its default (`freshShare`); a share that the pipeline states in the options of the rule wins over both.
   * Only in `step`; absent if nothing is proposed.
   */
  readonly freshShare?: Tensor;
  /**
   * The same share pixel by pixel, [N,1,H,W] or of the image's type, for rules that draw the noise of each pixel by itself: they take it in place of `freshShare`
   * (`sharesOfPixels`). Absent if it is the same everywhere.
   */
  readonly freshShares?: Tensor;
}

/** What a rule with a `guide` knows in a step: a rule that states `G` here takes what its own `guide` returned. */
export type GuidedInput<G extends Tree<Tensor>, I extends Partial<StepInput> = StepInput> = I & { readonly guidance: G };

/**
 * Several looks at the network within one step (SITCOM): after each, the state moves at its own noise level. `step` then sees the last
 * state and what the network said about it; the uncertainty stays that of the first.
 */
export interface InnerLoop<S extends Tree<Tensor> = Tree<Tensor>> {
  /** The most network evaluations of a step, at least 1. */
  readonly most: number;
  /** Name of a scalar that `guide` observes: the loop ends where it is above 0. Absent: every step takes `most`. */
  readonly until?: string;
  /** The next state at the same level; not called after the last evaluation. Without network. */
  advance(ctx: StepContext, input: Omit<StepInput, "to">, state: S): { readonly x: Tensor; readonly state: S };
}

/**
 * A baseline: how a sampler moves from one noise level to the next. Pure and stateless; what it must remember is `state`,
 * a tree of tensors of fixed structure. Traced once per image size; its code runs on symbolic tensors.
 */
export interface UpdateRule<S extends Tree<Tensor> = Tree<Tensor>> {
  /**
   * True if the states that it returns, and so what the network says of them, are images with their pixels rearranged in some steps (EquS).
   * Outside the rule nothing may then be set against the measurement, or against an estimate of another step. Default false.
   */
  readonly rearranges?: boolean;
  /** The first state, at the noisiest level. Usually x is `ctx.noise("init", ctx.denoiser.image)`. */
  init(ctx: StepContext, at: { readonly y: Tensor; readonly level: Level }): StepOutput<S>;
  /** Traced together with the network: what needs a derivative through it. */
  guide?(
    ctx: StepContext,
    at: { readonly x: Tensor; readonly y: Tensor; readonly from: Level; readonly prior: Prior },
    state: S,
  ): Tree<Tensor>;
  /** Repeats `guide` at other states before the step. */
  readonly inner?: InnerLoop<S>;
  /** From `from` to the cleaner `to`; at the clean level `x` is the restored image. */
  step(ctx: StepContext, input: StepInput, state: S): StepOutput<S>;
  /** Back to a noisier level without a network evaluation (time travel). Default: the forward process from x. */
  travel?(ctx: StepContext, at: { readonly x: Tensor; readonly from: Level; readonly to: Level }, state: S): StepOutput<S>;
}
