import { describe, expect, it } from "vitest";
import { trace } from "@leader/graph";
import { describeOperator } from "../testing/describe-operator.js";
import { evaluator } from "@leader/graph/testing";
import { denseMatrix, type DenseMatrix } from "./dense.js";
import { separableOperator } from "./separable.js";

const wave = (rows: number, columns: number): DenseMatrix =>
  denseMatrix(rows, columns, (r, c) => Math.sin(1 + r * r + 2.3 * c) + (r === c ? 1.5 : 0));
const blur = (n: number): DenseMatrix => denseMatrix(n, n, (r, c) => (Math.abs(r - c) <= 1 ? 1 / 3 : 0));
const image = (height: number, width: number) => ({ shape: [2, 3, height, width], dtype: "float32" as const });

const operatorOf = (vertical: DenseMatrix, horizontal: DenseMatrix, threshold = 0) =>
  separableOperator({ name: "separable", domain: image(vertical.columns, horizontal.columns), vertical, horizontal, threshold });

describeOperator("separable: wide", () => operatorOf(wave(3, 7), wave(2, 4)));
describeOperator("separable: tall", () => operatorOf(wave(7, 3), wave(6, 5)));
describeOperator("separable: mixed", () => operatorOf(wave(7, 3), wave(2, 5)));
describeOperator("separable: symmetric, with values cut off", () => operatorOf(blur(8), blur(5), 0.3));
describeOperator("separable: not symmetric, with values cut off", () => operatorOf(wave(6, 6), wave(5, 5), 0.8));
describeOperator("separable: rank-deficient", () =>
  operatorOf(
    denseMatrix(4, 4, (r, c) => (r + 1) * (c + 1)),
    wave(3, 3),
  ),
);
describeOperator("separable: one pixel wide", () => operatorOf(wave(4, 6), wave(1, 1)));

describe("separableOperator", () => {
  it("applies B1 X B2^T", () => {
    const operator = separableOperator({
      name: "s",
      domain: { shape: [1, 1, 2, 2], dtype: "float32" },
      vertical: denseMatrix(1, 2, (_, c) => c + 1),
      horizontal: denseMatrix(2, 2, (r, c) => (r === 0 ? 1 : c)),
    });
    const apply = evaluator((x) => operator.apply(x), [operator.domain]);
    // [1 2] [[1 2] [3 4]] = [7 10]; times [[1 1] [0 1]]^T = [17 10].
    expect(apply(Float64Array.of(1, 2, 3, 4))).toEqual(Float64Array.of(17, 10));
  });

  it("makes A^+ as cheap as A: two matrix products each", () => {
    const operator = operatorOf(wave(3, 7), wave(2, 4));
    for (const graph of [trace((x) => operator.apply(x), [operator.domain]), trace((y) => operator.pinv!(y), [operator.range])]) {
      expect(graph.nodes.map((node) => node.op).filter((op) => op !== "Constant")).toEqual(["MatMul", "MatMul"]);
    }
  });

  it("multiplies in the cheaper order", () => {
    const order = (vertical: DenseMatrix, horizontal: DenseMatrix): readonly number[] => {
      const operator = operatorOf(vertical, horizontal);
      return trace((x) => operator.apply(x), [operator.domain])
        .nodes.find((node) => node.op === "MatMul")!
        .aval.shape.slice(-2);
    };
    expect(order(wave(2, 9), wave(9, 9))).toEqual([2, 9]);
    expect(order(wave(9, 9), wave(2, 9))).toEqual([9, 2]);
  });

  it("refuses matrices of another size", () => {
    const options = { name: "s", domain: image(4, 4), vertical: wave(4, 4), horizontal: wave(4, 5) };
    expect(() => separableOperator(options)).toThrow("matrices for images of 4 x 5 do not fit float32[2,3,4,4]");
  });
});
