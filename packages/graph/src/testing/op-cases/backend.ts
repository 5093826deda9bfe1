import type { OpName, ResizeAttrs } from "../../ir/op-attrs.js";
import type { Tensor } from "../../ir/tensor.js";
import { trace } from "../../ir/trace.js";
import { resizeAttrs } from "./contraction.js";
import { bool, float32, int32, randomTensor, type OpCase } from "./op-case.js";

const unary = (name: string, x: OpCase["inputs"][number], build: (x: Tensor) => Tensor): OpCase => ({
  name,
  inputs: [x],
  build: (a) => build(a),
});

/** Numbers from low to high in even steps, an odd number of them so that vector code has a rest. */
const spread = (low: number, high: number): OpCase["inputs"][number] =>
  float32(
    [101],
    Array.from({ length: 101 }, (_, i) => low + ((high - low) * i) / 100),
  );

/** Powers of two from 2^-40 to 2^40. */
const magnitudes = float32(
  [81],
  Array.from({ length: 81 }, (_, i) => 2 ** (i - 40)),
);

const resizing = (name: string, from: readonly number[], to: readonly number[], options: Partial<ResizeAttrs>): OpCase =>
  unary(name, randomTensor(from), (x) => x.resize(resizeAttrs(from, to, options)));

function call(x: Tensor, name: string, f: (x: Tensor) => Tensor): Tensor {
  return x.trace.emit("Function", [x], { name, body: trace((y) => f(y), [x]), evaluations: 0 });
}

const large = randomTensor([3, 1000]);
const repeats = 4096;

/**
 * What a backend may get wrong about an op although the language has it right: kernels per element type, ranges of argument where
 * approximations differ, ranks and sizes that switch to another kernel, threads that add to one element.
 */
export const backendCases: { readonly [K in OpName]?: readonly OpCase[] } = {
  Constant: [unary("a large array, twice", randomTensor([3, 1000], 1), (x) => x.mul(x.trace.constant(large)).add(x.trace.constant(large)))],
  Function: [
    unary("a body that returns its input", randomTensor([4]), (x) => call(x, "identity", (y) => y)),
    unary("a call inside a body", randomTensor([4]), (x) => call(x, "outer", (y) => call(y, "inner", (z) => z.exp()).neg())),
  ],
  Neg: [unary("integers", int32([3], [1, 0, -7]), (x) => x.neg())],
  Abs: [unary("integers", int32([3], [1, 0, -7]), (x) => x.abs())],
  Sign: [unary("integers", int32([3], [1, 0, -7]), (x) => x.sign())],
  Exp: [unary("the range of floats", spread(-80, 80), (x) => x.exp())],
  Log: [unary("many magnitudes", magnitudes, (x) => x.log()), unary("of zero", float32([2], [0, 1]), (x) => x.log())],
  Sqrt: [unary("many magnitudes", magnitudes, (x) => x.sqrt())],
  Sin: [unary("a few periods", spread(-10, 10), (x) => x.sin())],
  Cos: [unary("a few periods", spread(-10, 10), (x) => x.cos())],
  Tanh: [unary("up to saturation", spread(-12, 12), (x) => x.tanh())],
  Sigmoid: [unary("up to saturation", spread(-30, 30), (x) => x.sigmoid())],
  Erf: [unary("up to saturation", spread(-5, 5), (x) => x.erf())],
  Cast: [
    unary("booleans to floats", bool([2], [1, 0]), (x) => x.cast("float32")),
    unary("booleans to integers", bool([2], [1, 0]), (x) => x.cast("int32")),
    unary("integers to booleans", int32([3], [-2, 0, 7]), (x) => x.cast("bool")),
  ],
  Div: [unary("by zero", float32([2], [1, -1]), (x) => x.div(0))],
  Where: [
    { name: "integers", inputs: [bool([2], [1, 0]), int32([2], [1, 2]), int32([2], [3, 4])], build: (c, a, b) => c.where(a, b) },
    {
      name: "booleans",
      inputs: [bool([2, 2], [1, 0, 1, 0]), bool([2, 2], [1, 1, 0, 0]), bool([], [1])],
      build: (c, a, b) => c.where(a, b),
    },
  ],
  ReduceMax: [unary("integers", int32([2, 2], [1, -2, 3, 4]), (x) => x.max([1]))],
  ReduceMin: [unary("integers", int32([2, 2], [1, -2, 3, 4]), (x) => x.min([1]))],
  ReduceSum: [unary("many numbers", randomTensor([3, 4001]), (x) => x.add(1).sum([1]))],
  ReduceMean: [unary("many numbers", randomTensor([3, 4001]), (x) => x.add(1).mean([1]))],
  Softmax: [unary("large logits", randomTensor([2, 3, 5]), (x) => x.mul(50).softmax(-1))],
  Standardize: [
    unary("a block with a large mean", randomTensor([2, 3, 4, 5]), (x) => x.add(10).standardize(2, 1e-6)),
    unary("large blocks", randomTensor([1, 2, 3, 40, 41]), (x) => x.standardize(2, 1e-5)),
  ],
  Reshape: [unary("booleans", bool([4], [1, 0, 0, 1]), (x) => x.reshape([2, 2]))],
  Transpose: [
    unary("rank 6", randomTensor([1, 2, 2, 3, 2, 2]), (x) => x.transpose([0, 3, 1, 4, 2, 5])),
    unary("integers", int32([2, 2], [1, 2, 3, 4]), (x) => x.transpose([1, 0])),
  ],
  Expand: [unary("booleans", bool([2, 1], [1, 0]), (x) => x.expand([2, 3]))],
  Slice: [
    unary("integers, backwards", int32([4], [1, 2, 3, 4]), (x) => x.flip([0])),
    unary("booleans, backwards", bool([3], [1, 0, 0]), (x) => x.flip([0])),
  ],
  Pad: [
    unary("integers", int32([2], [1, 2]), (x) => x.pad([1, 1], "constant", 7)),
    unary("booleans", bool([2], [1, 1]), (x) => x.pad([1, 1])),
  ],
  Concat: [{ name: "booleans", inputs: [bool([1], [1]), bool([1], [0])], build: (a, b) => a.concat([b], 0) }],
  Gather: [{ name: "booleans", inputs: [bool([3], [1, 0, 0]), int32([2], [2, 0])], build: (x, i) => x.gather(i, 0) }],
  ScatterAdd: [
    {
      name: "constant indices that do not repeat, middle axis",
      inputs: [randomTensor([2, 4, 3]), randomTensor([2, 3, 3], 1)],
      build: (x, updates) => x.scatterAdd(x.trace.constant(int32([3], [3, 0, 1])), updates, 1),
    },
    {
      name: "integers",
      inputs: [int32([2], [1, 1]), int32([3], [1, 1, 0]), int32([3], [5, 6, 7])],
      build: (x, i, u) => x.scatterAdd(i, u, 0),
    },
    {
      name: "many additions to one element",
      inputs: [
        float32([2, 2], [0, 0, 0, 0]),
        int32(
          [repeats],
          Array.from({ length: repeats }, (_, i) => i % 2),
        ),
        float32([repeats, 2], new Array<number>(2 * repeats).fill(1)),
      ],
      build: (x, i, u) => x.scatterAdd(i, u, 0),
    },
  ],
  Resize: [
    resizing("corners aligned, two images", [2, 1, 3, 4], [2, 1, 5, 9], { coordinates: "align_corners" }),
    resizing("as pytorch does", [1, 1, 4, 4], [1, 1, 7, 6], { coordinates: "pytorch_half_pixel" }),
    resizing("nearest, rounding down at halves", [1, 1, 3, 5], [1, 1, 5, 7], { mode: "nearest" }),
    resizing("without batch axes", [4, 6], [8, 3], {}),
    resizing("rank 1", [6], [9], { mode: "cubic" }),
    resizing("cubic on three axes", [4, 3, 5], [6, 5, 4], { mode: "cubic" }),
  ],
  DFT: [
    unary("two axes, odd lengths", randomTensor([1, 15, 9, 2]), (x) => x.dft(1).dft(2)),
    unary("there and back", randomTensor([2, 30, 2]), (x) => x.dft(1).dft(1, true)),
  ],
};
