import { bool, float32, int32, randomPositive, randomTensor, type OpCase } from "./op-case.js";
import type { Tensor } from "../../ir/tensor.js";
import { defined } from "../../records.js";

type Unary = (x: Tensor) => Tensor;
type Binary = (x: Tensor, y: Tensor) => Tensor;

const row = (name: string, build: Unary, input: readonly number[], output: readonly number[], gradient?: "unchecked"): OpCase => ({
  name,
  inputs: [float32([input.length], input)],
  build: (x) => build(x),
  expected: { shape: [output.length], data: output },
  ...defined({ gradient }),
});

const random = (build: Unary): OpCase => ({ name: "random", inputs: [randomTensor([2, 3])], build: (x) => build(x) });
const positive = (build: Unary): OpCase => ({ name: "positive numbers", inputs: [randomPositive([2, 3])], build: (x) => build(x) });

/** Equal shapes, each side broadcast, both sides broadcast, and a scalar. */
function broadcasts(build: Binary, make: (shape: readonly number[], seed: number) => ReturnType<typeof randomTensor>): readonly OpCase[] {
  const shapes: readonly (readonly [readonly number[], readonly number[]])[] = [
    [
      [2, 3],
      [2, 3],
    ],
    [[2, 3], [3]],
    [
      [1, 3],
      [4, 2, 1],
    ],
    [[2, 1], []],
    [[1, 1], [1]],
  ];
  return shapes.map(([a, b]) => ({
    name: `[${a.join(",")}] with [${b.join(",")}]`,
    inputs: [make(a, 1), make(b, 2)],
    build: (x, y) => build(x, y),
  }));
}

const integers = (build: Binary, x: readonly number[], y: readonly number[], data: readonly number[]): OpCase => ({
  name: "integers",
  inputs: [int32([x.length], x), int32([y.length], y)],
  build: (a, b) => build(a, b),
  expected: { shape: [data.length], data },
});

export const elementwiseCases = {
  Neg: [row("values", (x) => x.neg(), [1, -2, 0], [-1, 2, 0]), random((x) => x.neg())],
  Abs: [row("values", (x) => x.abs(), [1.5, -2.5], [1.5, 2.5])],
  Sign: [row("values", (x) => x.sign(), [3, -2, 0], [1, -1, 0], "unchecked")],
  Exp: [row("values", (x) => x.exp(), [0, 1], [1, Math.E]), random((x) => x.exp())],
  Log: [row("values", (x) => x.log(), [1, 2], [0, Math.LN2]), positive((x) => x.log())],
  Sqrt: [row("values", (x) => x.sqrt(), [4, 2], [2, Math.SQRT2]), positive((x) => x.sqrt())],
  Sin: [random((x) => x.sin()), row("values", (x) => x.sin(), [0], [0])],
  Cos: [random((x) => x.cos()), row("values", (x) => x.cos(), [0], [1])],
  Tanh: [random((x) => x.tanh()), row("far values", (x) => x.tanh(), [0, 1000], [0, 1])],
  Sigmoid: [random((x) => x.sigmoid()), row("far values", (x) => x.sigmoid(), [0, -1000, 1000], [0.5, 0, 1])],
  Erf: [random((x) => x.erf()), row("values", (x) => x.erf(), [1, -2], [0.8427007929497149, -0.9953222650189527])],
  Floor: [row("values", (x) => x.floor(), [1.5, -1.5], [1, -2])],
  Ceil: [row("values", (x) => x.ceil(), [1.5, -1.5], [2, -1])],
  Round: [row("half to even", (x) => x.round(), [0.5, 1.5, 2.5, -0.5, -1.5, -2.5, 1.4, -1.6], [0, 2, 2, 0, -2, -2, 1, -2], "unchecked")],
  Cast: [
    { name: "integers to floats", inputs: [int32([2], [3, -4])], build: (x) => x.cast("float32"), expected: { shape: [2], data: [3, -4] } },
    {
      name: "floats to integers, toward zero",
      inputs: [float32([2], [1.7, -1.7])],
      build: (x) => x.cast("int32"),
      expected: { shape: [2], data: [1, -1] },
    },
    {
      name: "floats to booleans",
      inputs: [float32([3], [0, -0.5, 2])],
      build: (x) => x.cast("bool"),
      expected: { shape: [3], data: [0, 1, 1] },
    },
    {
      name: "no derivative through booleans",
      inputs: [float32([2], [-1, 2])],
      build: (x) => x.greater(0).cast("float32").mul(x),
      expected: { shape: [2], data: [0, 2] },
    },
    {
      name: "to its own type",
      inputs: [float32([2], [-1, 2])],
      build: (x) => x.trace.emit("Cast", [x], { to: "float32" }),
      expected: { shape: [2], data: [-1, 2] },
    },
  ],

  Add: [...broadcasts((x, y) => x.add(y), randomTensor), integers((x, y) => x.add(y), [1, 2], [3, -4], [4, -2])],
  Sub: [...broadcasts((x, y) => x.sub(y), randomTensor), integers((x, y) => x.sub(y), [1, 2], [3, -4], [-2, 6])],
  Mul: [
    ...broadcasts((x, y) => x.mul(y), randomTensor),
    integers((x, y) => x.mul(y), [3, 65537], [-4, 65537], [-12, 131073]),
    { name: "a tensor with itself", inputs: [float32([2], [2, -3])], build: (x) => x.mul(x), expected: { shape: [2], data: [4, 9] } },
  ],
  Div: [...broadcasts((x, y) => x.div(y), randomPositive), integers((x, y) => x.div(y), [7, -7, 7], [2, 2, -2], [3, -3, -3])],
  Pow: [
    ...broadcasts((x, y) => x.pow(y), randomPositive),
    {
      name: "whole powers of negative numbers",
      inputs: [float32([2], [-2, 3])],
      build: (x) => x.pow(3),
      expected: { shape: [2], data: [-8, 27] },
    },
    {
      name: "powers of zero",
      inputs: [float32([2], [0, 0])],
      build: (x) => x.pow(float(x, [2, 0])),
      expected: { shape: [2], data: [0, 1] },
      gradient: "unchecked",
    },
  ],
  Max: [
    ...broadcasts((x, y) => x.maximum(y), randomTensor),
    integers((x, y) => x.maximum(y), [1, 5], [2, -3], [2, 5]),
    {
      name: "NaN wins",
      inputs: [float32([2], [NaN, 1]), float32([2], [1, NaN])],
      build: (x, y) => x.maximum(y),
      expected: { shape: [2], data: [NaN, NaN] },
      gradient: "unchecked",
    },
  ],
  Min: [...broadcasts((x, y) => x.minimum(y), randomTensor), integers((x, y) => x.minimum(y), [1, 5], [2, -3], [1, -3])],
  Mod: [
    {
      name: "sign of the dividend for floats",
      inputs: [float32([3], [5.5, -5.5, 5.5]), float32([3], [2, 2, -2])],
      build: (x, y) => x.mod(y),
      expected: { shape: [3], data: [1.5, -1.5, 1.5] },
    },
    integers((x, y) => x.mod(y), [5, -5, 5, -5], [3, 3, -3, -3], [2, 1, -1, -2]),
  ],
  Where: [
    {
      name: "values",
      inputs: [bool([3], [1, 0, 1]), float32([3], [1, 2, 3]), float32([3], [4, 5, 6])],
      build: (c, a, b) => c.where(a, b),
      expected: { shape: [3], data: [1, 5, 3] },
    },
    {
      name: "all three broadcast",
      inputs: [bool([2, 1], [1, 0]), randomTensor([3], 1), randomTensor([2, 1, 1], 2)],
      build: (c, a, b) => c.where(a, b),
    },
  ],
} satisfies Readonly<Record<string, readonly OpCase[]>>;

function float(like: Tensor, data: readonly number[]): Tensor {
  return like.trace.constant(float32([data.length], data));
}
