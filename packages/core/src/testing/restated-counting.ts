import type { LinearOperator } from "../contract/operator.js";
import { evaluator } from "@leader/graph/testing";
import { drawnNoise } from "./walk-oracle.js";

/** A step of a rule that counts the measurement's noise in its guidance, by singular values in float64. */
export interface RestatedCounting {
  /** x0 + V diag(gain(s)) U^T (y - A x0). */
  guided(x0: Float64Array, gain: (s: number) => number): Float64Array;
  /** V diag( sqrt(max(spread^2 / 16, spread^2 - carried(s)^2)) ) z, with the draw `z` of a step. */
  fresh(step: number, spread: number, carried: (s: number) => number): Float64Array;
}

export function restatedCounting(operator: LinearOperator, y: Float64Array, seed: number): RestatedCounting {
  const svd = operator.svd!;
  const coefficients = { shape: svd.shape, dtype: "float32" } as const;
  const [v, vt, ut] = [
    evaluator((c) => svd.v(c), [coefficients]),
    evaluator((x) => svd.vt(x), [operator.domain]),
    evaluator((r) => svd.ut(r), [operator.range]),
  ];
  const s = evaluator((c) => c.mul(0).add(c.trace.constant(svd.singularValues)), [coefficients])(drawnNoise("any", 0, svd.shape, 0));
  const measured = ut(y);
  return {
    guided(x0, gain) {
      const c0 = vt(x0);
      return v(c0.map((c, i) => (s[i] === 0 ? c : c + gain(s[i]!) * (measured[i]! - s[i]! * c))));
    },
    fresh: (step, spread, carried) =>
      v(
        drawnNoise("z", step, svd.shape, seed).map(
          (z, i) => z * Math.sqrt(Math.max((spread / 4) ** 2, spread ** 2 - (s[i] === 0 ? 0 : carried(s[i]!)) ** 2)),
        ),
      ),
  };
}
