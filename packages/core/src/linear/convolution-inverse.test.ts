import { describe, expect, it } from "vitest";
import { evaluator, innerProduct, normalArray, relativeError } from "@leader/graph/testing";
import type { Aval } from "@leader/graph";
import { conjugateGradient } from "./conjugate-gradient.js";
import { convolutionInverse } from "./convolution-inverse.js";
import { denseMatrix } from "./dense.js";
import { linearOperator } from "./linear-operator.js";

const scalar: Aval = { shape: [], dtype: "float32" };
/** A slanted stroke, as blurs of shaken cameras are: no symmetry but that of its autocorrelation. */
const stroke = denseMatrix(3, 5, (r, c) => [0.02, 0.1, 0.05, 0, 0, 0, 0.08, 0.3, 0.1, 0, 0, 0, 0.05, 0.2, 0.1][r * 5 + c]!);

/** Convolution with zeros around the picture. */
function blackBorders(kernel: typeof stroke, height: number, width: number) {
  const weight = { shape: [1, 1, kernel.rows, kernel.columns], dtype: "float32", data: new Float32Array(kernel.data).reverse() } as const;
  const [down, across] = [(kernel.rows - 1) / 2, (kernel.columns - 1) / 2];
  const domain: Aval = { shape: [1, 1, height, width], dtype: "float32" };
  return linearOperator({
    name: "blur",
    domain,
    apply: (x) => x.conv(x.trace.constant(weight), { pads: [down, across, down, across] }),
  });
}

describe("convolutionInverse", () => {
  const operator = blackBorders(stroke, 10, 13);
  const { range } = operator;

  it("inverts what lies away from the borders", () => {
    const inverse = convolutionInverse(stroke, 10, 13);
    const rho = Float64Array.of(0.3);
    const there = evaluator((u, r) => inverse(operator.apply(operator.adjoint(u)).add(u.mul(r)), r), [range, scalar]);
    const point = new Float64Array(130);
    point[5 * 13 + 6] = 1;
    expect(relativeError(there(point, rho), point)).toBeLessThan(1e-2);
  });

  it("is exact for a kernel of one pixel, and then divides by its square and rho", () => {
    const inverse = convolutionInverse(
      denseMatrix(1, 1, () => 0.5),
      6,
      7,
    );
    const u = normalArray({ shape: [2, 3, 6, 7], dtype: "float32" }, 1, "u");
    const solved = evaluator((value, rho) => inverse(value, rho), [{ shape: [2, 3, 6, 7], dtype: "float32" }, scalar]);
    const expected = u.map((value) => value / 0.35);
    expect(relativeError(solved(u, Float64Array.of(0.1)), expected)).toBeLessThan(1e-6);
  });

  it("is symmetric and positive definite", () => {
    const inverse = convolutionInverse(stroke, 10, 13);
    const solved = evaluator((value, rho) => inverse(value, rho), [range, scalar]);
    for (const seed of [0, 1, 2]) {
      const [a, b] = [normalArray(range, seed, "a"), normalArray(range, seed, "b")];
      const rho = Float64Array.of(0.01);
      const [left, right] = [innerProduct(solved(a, rho), b), innerProduct(a, solved(b, rho))];
      expect(Math.abs(left - right)).toBeLessThan(1e-5 * Math.abs(innerProduct(a, solved(a, rho))));
      expect(innerProduct(a, solved(a, rho))).toBeGreaterThan(0);
    }
  });

  it.each([0.001, 0.03, 0.5])("makes three conjugate gradients better than ten without it, at rho %f", (rho) => {
    const larger = blackBorders(stroke, 40, 36);
    const inverse = convolutionInverse(stroke, 40, 36);
    const solution = (iterations: number, preconditioned: boolean): Float64Array =>
      evaluator(
        (b, r) =>
          larger.adjoint(
            conjugateGradient((u) => larger.apply(larger.adjoint(u)).add(u.mul(r)), b, {
              iterations,
              ...(preconditioned ? { precondition: (u) => inverse(u, r) } : {}),
            }),
          ),
        [larger.range, scalar],
      )(normalArray(larger.range, 4, "b"), Float64Array.of(rho));
    const exact = solution(60, true);
    const [plain, preconditioned] = [solution(10, false), solution(3, true)].map((found) => relativeError(found, exact));
    expect(preconditioned).toBeLessThan(Math.max(plain!, 1e-4));
  });
});
