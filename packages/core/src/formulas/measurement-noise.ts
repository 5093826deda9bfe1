import type { HostTensor, Tensor } from "@leader/graph";
import type { StepContext } from "../contract/baseline.js";

/** Keeps the quotient finite for an operator that measures nothing. */
const tiny = 1e-12;

/**
 * Noise that the measurement leaves in the best measured component of an image: sigma_y over the largest singular value (1 if these are not known).
 * A scalar in engine units, images in [-1,1]. States with less noise than this can take in no more of the measurement than they hold.
 */
export const measurementNoise = ({ operator: { svd }, sigmaY }: Pick<StepContext, "operator" | "sigmaY">): Tensor =>
  sigmaY.div(svd === undefined ? 1 : Math.max(tiny, largest(svd.singularValues)));

function largest({ data }: HostTensor): number {
  let most = 0;
  for (const value of data) most = Math.max(most, value);
  return most;
}
