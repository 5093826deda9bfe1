import type { Tensor } from "@leader/graph";
import type { StepContext } from "../contract/baseline.js";
import { largestSingularValue } from "../linear/largest-singular-value.js";

/**
 * Noise that the measurement leaves in the best measured component of an image: sigma_y over the largest singular value (1 if these are not known).
 * A scalar in engine units, images in [-1,1]. States with less noise than this can take in no more of the measurement than they hold.
 */
export const measurementNoise = ({ operator, sigmaY }: Pick<StepContext, "operator" | "sigmaY">): Tensor =>
  sigmaY.div(largestSingularValue(operator));
