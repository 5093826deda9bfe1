import type { LinearOperator } from "../contract/operator.js";
import type { GaussianOracle } from "./gaussian-oracle.js";
import { oracleMeasurement } from "./oracle-values.js";
import type { MeasuredWalk } from "./walk-oracle.js";

/** A walk on a prior whose moments are known, for restating a method that asks the network where the sampler does not. */
export type GaussianWalk = MeasuredWalk & { readonly oracle: GaussianOracle };

/** The parts that differ between tests of one method. */
export type GaussianWalkParts = Pick<GaussianWalk, "oracle" | "baseline" | "levels"> & {
  readonly operator: LinearOperator;
  /** Of the measurement, for [0,1] images. */
  readonly noise: number;
};

/** A walk on the measurement of a draw of the prior. */
export const gaussianWalk = (parts: GaussianWalkParts): GaussianWalk => ({
  ...parts,
  seed: 5,
  y: oracleMeasurement(parts.oracle, parts.operator, parts.noise),
});
