import type { LinearOperator } from "../contract/operator.js";
import type { Tensor } from "@leader/graph";
import { constantOf } from "./constants.js";

/**
 * Values of a measurement with 0 for those that only fill it: what they say is not of the picture, and would be one more value to find for
 * conjugate gradients, and one more that an estimate misses.
 */
export const onlyMeasured = ({ measured }: Pick<LinearOperator, "measured">, values: Tensor): Tensor =>
  measured === undefined ? values : values.mul(constantOf(values.trace, measured));
