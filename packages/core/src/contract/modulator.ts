import type { StepContext, StepInput } from "./baseline.js";
import type { Prior } from "./denoiser.js";
import type { Tree } from "../tree.js";
import type { Tensor } from "@leader/graph";

/** Changes the prior that the baseline sees, so that every baseline gains it without knowing (UCPM). */
export interface PriorModulator<S extends Tree<Tensor> = Tree<Tensor>> {
  /** True if `modulate` reads `prior.uncertainty`. */
  readonly needsUncertainty: boolean;
  init(ctx: StepContext, at: { readonly y: Tensor }): S;
  modulate(ctx: StepContext, input: StepInput, state: S): { readonly prior: Prior; readonly state: S };
}
