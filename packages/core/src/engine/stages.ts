import type { Denoiser } from "../contract/denoiser.js";
import type { LinearOperator } from "../contract/operator.js";
import type { PriorModulator } from "../contract/modulator.js";
import type { StepScheduler } from "../contract/scheduler.js";
import type { UncertaintyEstimator } from "../contract/uncertainty.js";
import type { UpdateRule } from "../contract/baseline.js";

/** The parts of a sampler, made for one image type. Without uncertainty and modulator it is the bare baseline. */
export interface SamplerStages {
  readonly operator: LinearOperator;
  readonly denoiser: Denoiser;
  readonly baseline: UpdateRule;
  readonly scheduler: StepScheduler;
  readonly uncertainty?: UncertaintyEstimator;
  readonly modulator?: PriorModulator;
  /** True if the measurement is stated to be without noise. */
  readonly noiseFree: boolean;
}
