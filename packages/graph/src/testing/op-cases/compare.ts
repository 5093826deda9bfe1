import { bool, float32, int32, type OpCase } from "./op-case.js";
import type { Tensor } from "../../ir/tensor.js";

type Binary = (x: Tensor, y: Tensor) => Tensor;

const x = [1, 2, 3] as const;
const y = [2, 2, 2] as const;

/** Both numeric types, and broadcasting of a scalar. */
const comparison = (build: Binary, data: readonly number[]): readonly OpCase[] => [
  { name: "floats", inputs: [float32([3], x), float32([3], y)], build: (a, b) => build(a, b), expected: { shape: [3], data } },
  { name: "integers", inputs: [int32([3, 1], x), int32([1], [2])], build: (a, b) => build(a, b), expected: { shape: [3, 1], data } },
];

const logic = (build: Binary, data: readonly number[]): OpCase => ({
  name: "truth table",
  inputs: [bool([2, 1], [0, 1]), bool([2], [0, 1])],
  build: (a, b) => build(a, b),
  expected: { shape: [2, 2], data },
});

export const compareCases = {
  Equal: [...comparison((a, b) => a.equal(b), [0, 1, 0]), logic((a, b) => a.equal(b), [1, 0, 0, 1])],
  Less: comparison((a, b) => a.less(b), [1, 0, 0]),
  LessOrEqual: comparison((a, b) => a.lessOrEqual(b), [1, 1, 0]),
  Greater: comparison((a, b) => a.greater(b), [0, 0, 1]),
  GreaterOrEqual: comparison((a, b) => a.greaterOrEqual(b), [0, 1, 1]),
  And: [logic((a, b) => a.and(b), [0, 0, 0, 1])],
  Or: [logic((a, b) => a.or(b), [0, 1, 1, 1])],
  Not: [{ name: "values", inputs: [bool([2], [0, 1])], build: (a) => a.not(), expected: { shape: [2], data: [1, 0] } }],
} satisfies Readonly<Record<string, readonly OpCase[]>>;
