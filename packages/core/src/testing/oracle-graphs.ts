import type { UpdateRule } from "../contract/baseline.js";
import type { PriorModulator } from "../contract/modulator.js";
import type { LinearOperator } from "../contract/operator.js";
import type { StepScheduler } from "../contract/scheduler.js";
import type { UncertaintyEstimator } from "../contract/uncertainty.js";
import type { SamplerGraphs } from "../engine/sampler-graphs.js";
import { traceSampler } from "../engine/trace-sampler.js";
import type { GaussianOracle } from "./gaussian-oracle.js";
import { defined } from "@leader/graph";

/** The stages of a restoration on an analytic prior. */
export interface OracleStages {
  readonly oracle: Pick<GaussianOracle, "denoiser">;
  readonly operator: LinearOperator;
  readonly baseline: UpdateRule;
  readonly scheduler: StepScheduler;
  /** Noise of the measurement for [0,1] images. Default 0: noise-free. */
  readonly noise?: number | undefined;
  readonly uncertainty?: UncertaintyEstimator | undefined;
  readonly modulator?: PriorModulator | undefined;
}

/** Traces the graphs of a restoration with the denoiser of an analytic prior. */
export const oracleGraphs = ({ oracle, operator, baseline, scheduler, noise = 0, uncertainty, modulator }: OracleStages): SamplerGraphs =>
  traceSampler({
    operator,
    baseline,
    scheduler,
    denoiser: oracle.denoiser,
    noiseFree: noise === 0,
    ...defined({ uncertainty, modulator }),
  });
