import type { LinearOperator } from "../contract/operator.js";

/** Keeps quotients finite for an operator that measures nothing. */
const tiny = 1e-12;

/** How strongly the best measured component of an image is measured; 1 where the singular values are not known. Above 0. */
export function largestSingularValue({ svd }: Pick<LinearOperator, "svd">): number {
  if (svd === undefined) return 1;
  let most = tiny;
  for (const value of svd.singularValues.data) most = Math.max(most, value);
  return most;
}
