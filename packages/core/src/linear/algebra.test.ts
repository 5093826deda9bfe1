import { describe, expect, it } from "vitest";
import type { Aval } from "@leader/graph";
import { describeOperator } from "../testing/describe-operator.js";
import { evaluator, normalArray } from "@leader/graph/testing";
import { addOperators, adjointOperator, composeOperators, scaleOperator, stackOperators } from "./algebra.js";
import { denseMatrix } from "./dense.js";
import { separableOperator } from "./separable.js";

const image: Aval = { shape: [2, 1, 5, 4], dtype: "float32" };
const square = (n: number, seed: number) => denseMatrix(n, n, (r, c) => Math.cos(seed + 3 * r + 7 * c * c) + (r === c ? 2 : 0));
const operatorOf = (seed: number) =>
  separableOperator({ name: `random ${seed}`, domain: image, vertical: square(5, seed), horizontal: square(4, seed + 1) });
const [a, b] = [operatorOf(1), operatorOf(2)];
const narrowing = separableOperator({
  name: "narrowing",
  domain: image,
  vertical: denseMatrix(2, 5, (r, c) => 1 / (1 + r + c)),
  horizontal: denseMatrix(3, 4, (r, c) => (r === c ? 1 : 0.2)),
});

describeOperator("composition", () => composeOperators(narrowing, a));
describeOperator("sum", () => addOperators(a, b));
describeOperator("multiple", () => scaleOperator(narrowing, -2.5));
describeOperator("stack", () => stackOperators(a, narrowing));
describeOperator("adjoint operator", () => adjointOperator(narrowing));

describe("operator algebra", () => {
  const x = normalArray(image, 0, "x");
  const run = (operator: typeof a) => evaluator((value) => operator.apply(value), [operator.domain])(x);

  it("does what its names say", () => {
    const [ax, bx] = [run(a), run(b)];
    expect(run(addOperators(a, b))).toEqual(ax.map((value, i) => value + bx[i]!));
    expect(run(scaleOperator(a, -2))).toEqual(ax.map((value) => -2 * value));
    expect(run(composeOperators(b, a))).toEqual(evaluator((value) => b.apply(value), [b.domain])(ax));
    const stacked = run(stackOperators(a, narrowing));
    expect(stacked.length).toBe(2 * (20 + 6));
    expect(stacked.slice(0, 20)).toEqual(ax.slice(0, 20));
  });

  it("refuses operators that do not fit", () => {
    expect(() => composeOperators(a, narrowing)).toThrow(
      "composeOperators: operators do not fit: float32[2,1,5,4] against float32[2,1,2,3]",
    );
    expect(() => addOperators(a, narrowing)).toThrow(expect.objectContaining({ code: "LEADER_SHAPE_MISMATCH" }));
    expect(() => scaleOperator(a, 0)).toThrow("expected a finite factor other than 0");
  });
});
