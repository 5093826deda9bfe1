import type { Tensor } from "@leader/graph";

/**
 * sqrt(total^2 - carried^2), or 0 where more is carried: the fresh noise that brings noise `carried` up to noise `total`, as standard
 * deviations. The factors keep the digits that the difference of squares would lose where the two are close.
 */
export const remainingSpread = (total: Tensor, carried: Tensor): Tensor => total.sub(carried).mul(total.add(carried)).maximum(0).sqrt();
