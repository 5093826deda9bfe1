import type { StepContext, StepInput } from "../contract/baseline.js";
import { defined, type Tensor } from "@leader/graph";

/** A number of the pipeline, or of the step: a scalar, or one for each pixel. */
export type Weight = Tensor | number;

/** How the noise of a level is made up: `fresh` z + `kept` e, squares adding up to 1. */
export interface NoiseWeights {
  readonly fresh: Weight;
  readonly kept: Weight;
}

/**
 * The share of the noise variance that a step draws afresh: what the pipeline states wins, else LEADer's proposal, else what the method takes
 * by itself. All three in variance: a method whose option is a weight c hands in c^2.
 */
export const freshShare = (stated: number | undefined, { freshShare: proposed }: Pick<StepInput, "freshShare">, usual: number): Weight =>
  stated ?? proposed ?? usual;

/** For rules that draw the noise of each pixel by itself: what is proposed for each, where there is something, in place of what is for the picture. */
export const sharesOfPixels = ({
  freshShare: proposed,
  freshShares,
}: Pick<StepInput, "freshShare" | "freshShares">): Pick<StepInput, "freshShare"> => defined({ freshShare: freshShares ?? proposed });

/** sqrt(share) and sqrt(1 - share). */
export const noiseWeights = (share: Weight): NoiseWeights =>
  typeof share === "number"
    ? { fresh: Math.sqrt(share), kept: Math.sqrt(1 - share) }
    : { fresh: share.maximum(0).sqrt(), kept: share.sub(1).neg().maximum(0).sqrt() };

/** Whether steps draw anything afresh, and so whether a rule reports fresh noise: not where the pipeline, or the method without a proposal, says 0. */
export const drawsAfresh = (
  stated: number | undefined,
  { proposesFreshShare }: Pick<StepContext, "proposesFreshShare">,
  usual: number,
): boolean => (stated ?? (proposesFreshShare ? 1 : usual)) > 0;
