import { sizeOf, type HostTensor } from "@leader/graph";
import type { LinearOperator } from "../contract/operator.js";

/**
 * How much of an image its measurement speaks of, in [0,1]: the rank of the operator over the size of the domain where a decomposition
 * or a mask tells it, else the number of measured values over that size.
 */
export function measuredShare({ svd, measured, domain, range }: Pick<LinearOperator, "svd" | "measured" | "domain" | "range">): number {
  if (svd !== undefined) return shareOfNonZero(svd.singularValues);
  const values = sizeOf(range.shape) * (measured === undefined ? 1 : shareOfNonZero(measured));
  return Math.min(1, values / sizeOf(domain.shape));
}

/** Of a tensor that is 0 or not, whatever it is broadcast to. */
export function shareOfNonZero({ data }: HostTensor): number {
  let count = 0;
  for (const value of data) if (value !== 0) count++;
  return count / data.length;
}
