import { errors } from "../error-codes.js";
import type { LinearOperator } from "../contract/operator.js";
import { evaluator, innerProduct, norm, normalArray } from "@leader/graph/testing";

export interface DotTestOptions {
  /** Each seed is one pair of random vectors. Default 0, 1, 2. */
  readonly seeds?: readonly number[];
  /** Largest |<A x, y> - <x, A^T y>| relative to max(|A x| |y|, |x| |A^T y|). Default 1e-5. */
  readonly tolerance?: number;
}

/**
 * Checks that `adjoint` is the transpose of `apply`, in the float64 interpreter.
 * @returns the largest relative error.
 * @throws LEADER_ADJOINT_WRONG, which states the ratio <x, A^T y> / <A x, y> of every seed: the same ratio everywhere means a
 * forgotten factor, differing ones a wrong index.
 */
export function dotTest(operator: LinearOperator, { seeds = [0, 1, 2], tolerance = 1e-5 }: DotTestOptions = {}): number {
  const apply = evaluator((x) => operator.apply(x), [operator.domain]);
  const adjoint = evaluator((y) => operator.adjoint(y), [operator.range]);
  const results = seeds.map((seed) => {
    const x = normalArray(operator.domain, seed, "dot-test:x");
    const y = normalArray(operator.range, seed, "dot-test:y");
    const [ax, aty] = [apply(x), adjoint(y)];
    const [left, right] = [innerProduct(ax, y), innerProduct(x, aty)];
    const size = Math.max(norm(ax) * norm(y), norm(x) * norm(aty));
    return { error: left === right ? 0 : Math.abs(left - right) / size, ratio: right / left };
  });
  const worst = Math.max(...results.map(({ error }) => error));
  if (!(worst <= tolerance)) {
    throw errors.ADJOINT_WRONG({ operator: operator.name, error: worst, tolerance, ratios: results.map(({ ratio }) => ratio) });
  }
  return worst;
}
