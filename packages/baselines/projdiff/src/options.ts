import { drawsAfresh, freshShare, noiseWeights, type NoiseWeights, type StepContext, type StepInput } from "@leader/core";

/** Keeps the untaken branch of a `where` finite in float32. */
export const tiny = 1e-12;

export interface ProjdiffOptions {
  /** Step towards the network's estimate (`lr` of the released code); above 1 it over-relaxes. Of noisy measurements, below their noise level only. */
  readonly stepSize: number;
  /**
   * Weight in [0,1] of fresh noise in states that are cleaner than a noisy measurement; 0 is deterministic there, as released. Absent: what LEADer
   * proposes, else 0.
   */
  readonly eta?: number | undefined;
}

const releasedEta = 0;

const squared = (eta: number | undefined): number | undefined => (eta === undefined ? undefined : eta * eta);

/** Weights of the fresh and of the known noise in states that are cleaner than the measurement. */
export const etaWeights = ({ eta }: Pick<ProjdiffOptions, "eta">, input: Pick<StepInput, "freshShare">): NoiseWeights =>
  noiseWeights(freshShare(squared(eta), input, releasedEta));

/** True if those states draw noise. */
export const drawsNoise = ({ eta }: Pick<ProjdiffOptions, "eta">, ctx: StepContext): boolean => drawsAfresh(squared(eta), ctx, releasedEta);

/** True if LEADer chooses the share of fresh noise: then also where nothing is measured, which draws all of it afresh as released. */
export const followsProposal = ({ eta }: Pick<ProjdiffOptions, "eta">, ctx: StepContext): boolean =>
  eta === undefined && ctx.proposesFreshShare;
