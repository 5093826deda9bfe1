import { float32, int32, randomTensor, type OpCase } from "./op-case.js";
import type { Tensor } from "../../ir/tensor.js";

type Options = { readonly keepDims: boolean };
type Reduce = (x: Tensor, axes: readonly number[], options: Options) => Tensor;

const grid = [1, 2, 3, 4, 5, 6];

/** Values of a 2x3 grid, an outer, an inner, a middle and all axes, and an axis of size 1. */
function reductions(build: Reduce, rows: readonly number[]): readonly OpCase[] {
  const drop: Options = { keepDims: false };
  const keep: Options = { keepDims: true };
  return [
    { name: "rows", inputs: [float32([2, 3], grid)], build: (x) => build(x, [1], drop), expected: { shape: [2], data: rows } },
    { name: "keeping axes", inputs: [float32([2, 3], grid)], build: (x) => build(x, [1], keep), expected: { shape: [2, 1], data: rows } },
    { name: "first and last axis", inputs: [randomTensor([2, 3, 4])], build: (x) => build(x, [0, 2], drop) },
    { name: "middle axis", inputs: [randomTensor([2, 3, 2])], build: (x) => build(x, [1], keep) },
    { name: "all axes", inputs: [randomTensor([3, 2])], build: (x) => build(x, [0, 1], drop) },
    { name: "axis of size 1", inputs: [randomTensor([1, 3])], build: (x) => build(x, [0], drop) },
  ];
}

const integers = (build: Reduce, value: number): OpCase => ({
  name: "integers",
  inputs: [int32([3], [2, -3, 4])],
  build: (x) => build(x, [0], { keepDims: false }),
  expected: { shape: [], data: [value] },
});

const ties = (build: Reduce): OpCase => ({
  name: "ties",
  inputs: [float32([4], [2, 2, 2, 2])],
  build: (x) => build(x, [0], { keepDims: false }),
  expected: { shape: [], data: [2] },
  gradient: "unchecked",
});

const sum: Reduce = (x, axes, options) => x.sum(axes, options);
const max: Reduce = (x, axes, options) => x.max(axes, options);
const min: Reduce = (x, axes, options) => x.min(axes, options);
const prod: Reduce = (x, axes, options) => x.prod(axes, options);

const cumulative = (
  name: string,
  options: { readonly exclusive?: boolean; readonly reverse?: boolean },
  data: readonly number[],
): OpCase => ({
  name,
  inputs: [float32([2, 3], grid)],
  build: (x) => x.cumsum(1, options),
  expected: { shape: [2, 3], data },
});

export const reduceCases = {
  ReduceSum: [...reductions(sum, [6, 15]), integers(sum, 3)],
  ReduceMean: reductions((x, axes, options) => x.mean(axes, options), [2, 5]),
  ReduceMax: [...reductions(max, [3, 6]), integers(max, 4), ties(max)],
  ReduceMin: [...reductions(min, [1, 4]), integers(min, -3), ties(min)],
  ReduceProd: [
    ...reductions(prod, [6, 120]),
    integers(prod, -24),
    { name: "one zero", inputs: [float32([3], [2, 0, 5])], build: (x) => x.prod(), expected: { shape: [], data: [0] } },
    { name: "two zeros", inputs: [float32([3], [0, 0, 5])], build: (x) => x.prod(), expected: { shape: [], data: [0] } },
  ],
  CumSum: [
    cumulative("inclusive", {}, [1, 3, 6, 4, 9, 15]),
    cumulative("exclusive", { exclusive: true }, [0, 1, 3, 0, 4, 9]),
    cumulative("reverse", { reverse: true }, [6, 5, 3, 15, 11, 6]),
    cumulative("exclusive and reverse", { exclusive: true, reverse: true }, [5, 3, 0, 11, 6, 0]),
    {
      name: "first axis",
      inputs: [float32([2, 3], grid)],
      build: (x) => x.cumsum(0),
      expected: { shape: [2, 3], data: [1, 2, 3, 5, 7, 9] },
    },
  ],
  Softmax: [
    {
      name: "last axis",
      inputs: [float32([2, 2], [1, 3, 2, 0])],
      build: (x) => x.log().softmax(1),
      expected: { shape: [2, 2], data: [0.25, 0.75, 1, 0] },
      gradient: "unchecked",
    },
    { name: "random", inputs: [randomTensor([2, 3])], build: (x) => x.softmax(1) },
    { name: "large numbers", inputs: [float32([2], [1000, 1000])], build: (x) => x.softmax(0), expected: { shape: [2], data: [0.5, 0.5] } },
    { name: "middle axis", inputs: [randomTensor([2, 3, 2])], build: (x) => x.softmax(1) },
    { name: "one element", inputs: [randomTensor([2, 1])], build: (x) => x.softmax(1), expected: { shape: [2, 1], data: [1, 1] } },
  ],
  Standardize: [
    {
      name: "values",
      inputs: [float32([2, 3], [1, 2, 3, 0, 6, 0])],
      build: (x) => x.standardize(1, 0),
      expected: { shape: [2, 3], data: [-Math.sqrt(1.5), 0, Math.sqrt(1.5), -Math.SQRT1_2, Math.SQRT2, -Math.SQRT1_2] },
    },
    { name: "several axes", inputs: [randomTensor([2, 2, 3])], build: (x) => x.standardize(1, 1e-5) },
    { name: "all axes", inputs: [randomTensor([3, 2])], build: (x) => x.standardize(0, 0.1) },
    {
      name: "constant row",
      inputs: [float32([3], [4, 4, 4])],
      build: (x) => x.standardize(0, 0.25),
      expected: { shape: [3], data: [0, 0, 0] },
    },
  ],
} satisfies Readonly<Record<string, readonly OpCase[]>>;
