import { drawsAfresh, freshShare, noiseWeights, type NoiseWeights, type StepContext, type StepInput } from "@leader/core";

/** Of the released code. */
export const publishedEta = 0.85;

const squared = (eta: number | undefined): number | undefined => (eta === undefined ? undefined : eta * eta);

/** Weights of the fresh and of the predicted noise of a step. */
export const etaWeights = (eta: number | undefined, input: Pick<StepInput, "freshShare">): NoiseWeights =>
  noiseWeights(freshShare(squared(eta), input, publishedEta * publishedEta));

/** True if the steps of a rule draw noise. */
export const drawsNoise = (eta: number | undefined, ctx: StepContext): boolean => drawsAfresh(squared(eta), ctx, publishedEta);
