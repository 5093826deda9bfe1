import type { StepContext, StepInput } from "./baseline.js";
import type { Prior } from "./denoiser.js";
import type { Tree } from "../tree.js";
import type { Tensor } from "@leader/graph";

/** What a modulator makes of a step. */
export interface Modulated<S extends Tree<Tensor> = Tree<Tensor>> {
  readonly prior: Prior;
  readonly state: S;
  /** The share of fresh noise that it proposes to the baseline: see `StepInput.freshShare`. */
  readonly freshShare?: Tensor;
  /** The same for each pixel: see `StepInput.freshShares`. */
  readonly freshShares?: Tensor;
}

/** Changes the prior that the baseline sees, so that every baseline gains it without knowing (UCPM). */
export interface PriorModulator<S extends Tree<Tensor> = Tree<Tensor>> {
  /** True if `modulate` reads `prior.uncertainty`. */
  readonly needsUncertainty: boolean;
  /** True if every `modulate` returns a `freshShare`. Default false. */
  readonly proposesFreshShare?: boolean;
  /** The state before the first step: a tree of tensors of fixed structure. */
  init(ctx: StepContext, at: { readonly y: Tensor }): S;
  /** The prior that the baseline sees in this step, and the state for the next one. Traced with `step`, after the scheduler's decision. */
  modulate(ctx: StepContext, input: StepInput, state: S): Modulated<S>;
}
