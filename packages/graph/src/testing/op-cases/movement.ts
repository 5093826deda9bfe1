import type { OpAttrs } from "../../ir/op-attrs.js";
import { bool, float32, int32, randomTensor, type OpCase } from "./op-case.js";

const count = (n: number): readonly number[] => Array.from({ length: n }, (_, i) => i);

function slice(
  name: string,
  starts: readonly number[],
  ends: readonly number[],
  steps: readonly number[],
  shape: readonly number[],
  data: readonly number[],
): OpCase {
  return { name, inputs: [float32([3, 5], count(15))], build: (x) => x.slice(starts, ends, steps), expected: { shape, data } };
}

function padRow(mode: OpAttrs["Pad"]["mode"], begin: number, end: number, data: readonly number[]): OpCase {
  return {
    name: `${mode}, ${begin} and ${end}`,
    inputs: [float32([3], [1, 2, 3])],
    build: (x) => x.pad([begin, end], mode, mode === "constant" ? 9 : 0),
    expected: { shape: [data.length], data },
  };
}

const padGrid = (mode: OpAttrs["Pad"]["mode"]): OpCase => ({
  name: `${mode} on three axes`,
  inputs: [randomTensor([2, 3, 4])],
  build: (x) => x.pad([0, 2, 3, 1, 0, 2], mode),
});

export const movementCases = {
  Reshape: [
    {
      name: "values",
      inputs: [float32([2, 3], count(6))],
      build: (x) => x.reshape([3, 1, 2]),
      expected: { shape: [3, 1, 2], data: count(6) },
    },
    { name: "to a scalar", inputs: [float32([1, 1], [7])], build: (x) => x.reshape([]), expected: { shape: [], data: [7] } },
  ],
  Transpose: [
    {
      name: "matrix",
      inputs: [float32([2, 3], count(6))],
      build: (x) => x.transpose([1, 0]),
      expected: { shape: [3, 2], data: [0, 3, 1, 4, 2, 5] },
    },
    {
      name: "cycle",
      inputs: [float32([1, 2, 3], count(6))],
      build: (x) => x.transpose([2, 0, 1]),
      expected: { shape: [3, 1, 2], data: [0, 3, 1, 4, 2, 5] },
    },
    { name: "rank 4", inputs: [randomTensor([2, 3, 1, 4])], build: (x) => x.transpose([3, 1, 0, 2]) },
  ],
  Expand: [
    { name: "row", inputs: [float32([2], [1, 2])], build: (x) => x.expand([2, 2]), expected: { shape: [2, 2], data: [1, 2, 1, 2] } },
    {
      name: "column",
      inputs: [float32([2, 1], [1, 2])],
      build: (x) => x.expand([2, 3]),
      expected: { shape: [2, 3], data: [1, 1, 1, 2, 2, 2] },
    },
    { name: "scalar", inputs: [float32([], [5])], build: (x) => x.expand([1, 2]), expected: { shape: [1, 2], data: [5, 5] } },
    { name: "integers", inputs: [int32([1], [5])], build: (x) => x.expand([2]), expected: { shape: [2], data: [5, 5] } },
  ],
  Slice: [
    slice("window", [1, 1], [3, 4], [1, 1], [2, 3], [6, 7, 8, 11, 12, 13]),
    slice("stride", [0, 1], [3, 5], [2, 3], [2, 2], [1, 4, 11, 14]),
    slice("stride that leaves a rest", [0, 0], [2, 4], [1, 3], [2, 2], [0, 3, 5, 8]),
    slice("flip", [2, 4], [-1, -1], [-1, -1], [3, 5], count(15).toReversed()),
    slice("negative stride", [2, 4], [0, -1], [-2, -3], [1, 2], [14, 11]),
    slice("one element", [1, 2], [2, 3], [1, 4], [1, 1], [7]),
    slice("empty", [1, 2], [1, 3], [1, 1], [0, 1], []),
    { name: "booleans", inputs: [bool([3], [1, 0, 1])], build: (x) => x.slice([1], [3]), expected: { shape: [2], data: [0, 1] } },
  ],
  Pad: [
    padRow("constant", 1, 2, [9, 1, 2, 3, 9, 9]),
    padRow("reflect", 2, 1, [3, 2, 1, 2, 3, 2]),
    padRow("reflect", 1, 2, [2, 1, 2, 3, 2, 1]),
    padRow("edge", 2, 1, [1, 1, 1, 2, 3, 3]),
    padRow("edge", 0, 4, [1, 2, 3, 3, 3, 3, 3]),
    padRow("wrap", 2, 1, [2, 3, 1, 2, 3, 1]),
    padRow("wrap", 3, 3, [1, 2, 3, 1, 2, 3, 1, 2, 3]),
    padGrid("constant"),
    padGrid("reflect"),
    padGrid("edge"),
    { name: "wrap on three axes", inputs: [randomTensor([2, 3, 4])], build: (x) => x.pad([2, 0, 3, 1, 1, 0], "wrap") },
  ],
  Concat: [
    {
      name: "last axis",
      inputs: [float32([2, 1], [1, 2]), float32([2, 2], [3, 4, 5, 6])],
      build: (x, y) => x.concat([y], 1),
      expected: { shape: [2, 3], data: [1, 3, 4, 2, 5, 6] },
    },
    { name: "three operands, one twice", inputs: [randomTensor([1, 2]), randomTensor([3, 2], 1)], build: (x, y) => x.concat([y, x], 0) },
    {
      name: "integers",
      inputs: [int32([1], [1]), int32([2], [2, 3])],
      build: (x, y) => x.concat([y], 0),
      expected: { shape: [3], data: [1, 2, 3] },
    },
  ],
  Gather: [
    {
      name: "rows, with repeats",
      inputs: [float32([3, 2], count(6)), int32([4], [2, 0, 2, 1])],
      build: (x, i) => x.gather(i, 0),
      expected: { shape: [4, 2], data: [4, 5, 0, 1, 4, 5, 2, 3] },
    },
    { name: "indices of rank 2", inputs: [randomTensor([2, 3, 2]), int32([2, 2], [0, 2, 2, 1])], build: (x, i) => x.gather(i, 1) },
    {
      name: "a scalar index drops the axis",
      inputs: [float32([2, 2], count(4)), int32([], [1])],
      build: (x, i) => x.gather(i, 1),
      expected: { shape: [2], data: [1, 3] },
    },
  ],
  ScatterAdd: [
    {
      name: "repeated indices accumulate",
      inputs: [float32([3], [1, 2, 3]), int32([3], [2, 0, 2]), float32([3], [10, 20, 30])],
      build: (x, i, u) => x.scatterAdd(i, u, 0),
      expected: { shape: [3], data: [21, 2, 43] },
    },
    {
      name: "last axis",
      inputs: [randomTensor([2, 3]), int32([2], [1, 1]), randomTensor([2, 2], 1)],
      build: (x, i, u) => x.scatterAdd(i, u, 1),
    },
  ],
} satisfies Readonly<Record<string, readonly OpCase[]>>;
