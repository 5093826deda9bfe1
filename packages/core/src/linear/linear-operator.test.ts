import { describe, expect, it } from "vitest";
import { trace, type Aval } from "@leader/graph";
import { dotTest } from "../testing/dot-test.js";
import { evaluator } from "@leader/graph/testing";
import { linearOperator } from "./linear-operator.js";

const image: Aval = { shape: [2, 1, 4, 6], dtype: "float32" };
const pooled = {
  name: "pool",
  domain: image,
  apply: (x: Parameters<Parameters<typeof trace>[0]>[0]) => x.reshape([2, 1, 2, 2, 3, 2]).mean([3, 5]),
};

describe("linearOperator", () => {
  it("finds the range by tracing", () => {
    expect(linearOperator(pooled).range).toEqual({ shape: [2, 1, 2, 3], dtype: "float32" });
  });

  it("derives the adjoint, into any trace and as often as asked", () => {
    const operator = linearOperator(pooled);
    dotTest(operator, { tolerance: 1e-6 });
    const twice = evaluator((y) => operator.adjoint(y).add(operator.adjoint(y.mul(2))), [operator.range]);
    expect(twice(new Float64Array(12).fill(4))).toEqual(new Float64Array(48).fill(3));
  });

  it("refuses to derive the adjoint of a map that is not linear", () => {
    const operator = linearOperator({ name: "square", domain: image, apply: (x) => x.mul(x) });
    expect(() => trace((y) => operator.adjoint(y), [operator.range])).toThrow(
      expect.objectContaining({ code: "LEADER_OPERATOR_NOT_LINEAR" }),
    );
  });

  it("names the operator and both types when an argument does not fit", () => {
    const operator = linearOperator(pooled);
    expect(() => trace((x) => operator.apply(x), [{ shape: [1, 1, 4, 6], dtype: "float32" }])).toThrow(
      "pool.apply: expected an argument of type float32[2,1,4,6], received float32[1,1,4,6]",
    );
  });

  it("checks what a member returns", () => {
    const operator = linearOperator({ ...pooled, pinv: (y) => y });
    expect(() => trace((y) => operator.pinv!(y), [operator.range])).toThrow("pool.pinv: expected a result of type float32[2,1,4,6]");
  });
});

describe("dotTest", () => {
  it("tells a forgotten factor", () => {
    const operator = linearOperator({ ...pooled, adjoint: (y) => linearOperator(pooled).adjoint(y).mul(4) });
    expect(() => dotTest(operator)).toThrow(/fails the dot test: .* is 4\.0000, 4\.0000, 4\.0000/);
  });

  it("tells a wrong index", () => {
    const operator = linearOperator({ ...pooled, adjoint: (y) => linearOperator(pooled).adjoint(y.flip([3])) });
    expect(() => dotTest(operator)).toThrow(expect.objectContaining({ code: "LEADER_ADJOINT_WRONG" }));
  });
});
