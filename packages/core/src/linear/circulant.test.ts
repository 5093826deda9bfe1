import { describe, expect, it } from "vitest";
import { describeOperator } from "../testing/describe-operator.js";
import { evaluator, normalArray, relativeError } from "@leader/graph/testing";
import { circulantOperator } from "./circulant.js";
import { denseMatrix, type DenseMatrix } from "./dense.js";

const kernelOf = (rows: number, columns: number): DenseMatrix =>
  denseMatrix(rows, columns, (r, c) => (1 + Math.sin(2 + 3 * r + 5 * c * c)) / (rows * columns));
const symmetricKernel = denseMatrix(3, 3, (r, c) => (2 - Math.abs(r - 1)) * (2 - Math.abs(c - 1)) * 0.0625);
const operatorOf = (shape: readonly number[], kernel: DenseMatrix, threshold = 0) =>
  circulantOperator({ name: "circulant", domain: { shape, dtype: "float32" }, kernel, threshold });

describeOperator("circulant: odd sizes, odd number of planes", () => operatorOf([1, 3, 5, 7], kernelOf(3, 3), 0.03));
describeOperator("circulant: even sizes, even number of planes", () => operatorOf([2, 1, 6, 4], kernelOf(2, 4), 0.03));
describeOperator("circulant: kernel larger than the image", () => operatorOf([1, 1, 4, 3], kernelOf(5, 7), 0.02));
describeOperator("circulant: symmetric kernel with zeros in its spectrum", () => operatorOf([1, 2, 6, 8], symmetricKernel));
describeOperator("circulant: one pixel wide", () => operatorOf([1, 1, 6, 1], kernelOf(3, 3), 0.03));

/** The definition: y[i] = sum over a of k[a] x[i - (a - centre)], indices modulo the size. */
function direct(x: Float64Array, height: number, width: number, { rows, columns, data }: DenseMatrix): Float64Array {
  const wrap = (i: number, n: number): number => ((i % n) + n) % n;
  return x.map((_, i) => {
    let sum = 0;
    for (let r = 0; r < rows; r++) {
      for (let c = 0; c < columns; c++) {
        const row = wrap(Math.floor(i / width) - r + Math.floor((rows - 1) / 2), height);
        const column = wrap((i % width) - c + Math.floor((columns - 1) / 2), width);
        sum += data[r * columns + c]! * x[row * width + column]!;
      }
    }
    return sum;
  });
}

describe("circulantOperator", () => {
  it.each([
    [5, 7, kernelOf(3, 3)],
    [6, 4, kernelOf(2, 5)],
    [3, 4, kernelOf(7, 9)],
  ])("equals the sum over the kernel (%i x %i)", (height, width, kernel) => {
    const operator = operatorOf([1, 1, height, width], kernel);
    const x = normalArray(operator.domain, 0, "x");
    const apply = evaluator((value) => operator.apply(value), [operator.domain]);
    expect(relativeError(apply(x), direct(x, height, width, kernel))).toBeLessThan(1e-6);
  });

  it("cuts off small gains in the operator itself", () => {
    const threshold = 0.1;
    const s = operatorOf([1, 1, 6, 8], symmetricKernel, threshold).svd!.singularValues.data;
    expect(s.some((value) => value === 0)).toBe(true);
    expect(s.every((value) => value === 0 || value >= threshold)).toBe(true);
  });
});
