import type { ConvAttrs, OpAttrs, ResizeAttrs } from "../../ir/op-attrs.js";
import { float32, randomTensor, type OpCase } from "./op-case.js";

type Shape = readonly number[];

const matrices = (name: string, a: Shape, b: Shape): OpCase => ({
  name,
  inputs: [randomTensor(a), randomTensor(b, 1)],
  build: (x, y) => x.matmul(y),
});

const convolution = (name: string, x: Shape, w: Shape, options: Partial<ConvAttrs> = {}): OpCase => ({
  name,
  inputs: [randomTensor(x), randomTensor(w, 1), randomTensor([w[0]!], 2)],
  build: (image, weight, bias) => image.conv(weight, { ...options, bias: bias }),
});

const transposed = (name: string, x: Shape, w: Shape, options: Partial<OpAttrs["ConvTranspose"]> = {}): OpCase => ({
  name,
  inputs: [randomTensor(x), randomTensor(w, 1), randomTensor([w[1]! * (options.groups ?? 1)], 2)],
  build: (image, weight, bias) => image.convTranspose(weight, { ...options, bias: bias }),
});

const resizing = (name: string, input: Shape, shape: Shape, options: Partial<ResizeAttrs>): OpCase => ({
  name,
  inputs: [randomTensor(input)],
  build: (x) => x.resize(resizeAttrs(input, shape, options)),
});

/** A resize to a shape, with the scales that follow from the sizes. */
export const resizeAttrs = (input: Shape, shape: Shape, options: Partial<ResizeAttrs>): ResizeAttrs => ({
  shape,
  scales: shape.map((n, i) => n / input[i]!),
  mode: "linear",
  coordinates: "half_pixel",
  nearest: "round_prefer_floor",
  cubicCoefficient: -0.75,
  excludeOutside: false,
  antialias: false,
  ...options,
});

export const contractionCases = {
  MatMul: [
    {
      name: "values",
      inputs: [float32([2, 2], [1, 2, 3, 4]), float32([2, 1], [5, 6])],
      build: (x, y) => x.matmul(y),
      expected: { shape: [2, 1], data: [17, 39] },
    },
    matrices("one batch", [2, 3, 4], [2, 4, 2]),
    matrices("weight without a batch", [2, 2, 3, 4], [4, 2]),
    matrices("matrix against a batch", [3, 4], [2, 4, 1]),
    matrices("batches that broadcast", [2, 1, 2, 3], [3, 3, 2]),
    matrices("single row and column", [1, 3], [3, 1]),
  ],
  Conv: [
    {
      name: "values",
      inputs: [float32([1, 1, 4], [1, 2, 3, 4]), float32([1, 1, 2], [10, 1])],
      build: (x, w) => x.conv(w),
      expected: { shape: [1, 1, 3], data: [12, 23, 34] },
    },
    convolution("3x3, same size", [2, 2, 5, 4], [3, 2, 3, 3], { pads: [1, 1, 1, 1] }),
    convolution("1x1", [1, 3, 3, 2], [2, 3, 1, 1]),
    convolution("1x1 on one pixel", [1, 2, 1, 1], [1, 2, 1, 1]),
    convolution("stride 2, odd size", [1, 2, 7, 5], [2, 2, 3, 3], { strides: [2, 2], pads: [1, 1, 1, 1] }),
    convolution("stride 2 that leaves a rest", [1, 2, 8, 6], [2, 2, 3, 3], { strides: [2, 3], pads: [1, 0, 0, 1] }),
    convolution("separate windows", [1, 2, 4, 6], [3, 2, 2, 3], { strides: [2, 3] }),
    convolution("separate windows in groups, with a rest", [1, 4, 5, 7], [2, 2, 2, 2], { strides: [2, 2], groups: 2 }),
    convolution("asymmetric pads", [1, 1, 4, 5], [2, 1, 3, 2], { pads: [2, 0, 1, 1] }),
    convolution("pads wider than the kernel", [1, 1, 3, 3], [1, 1, 2, 2], { pads: [2, 1, 3, 1] }),
    convolution("dilation", [1, 2, 6, 7], [2, 2, 3, 2], { dilations: [2, 3], pads: [2, 1, 2, 1] }),
    convolution("dilation and stride", [1, 1, 9, 8], [2, 1, 3, 2], { dilations: [2, 3], strides: [3, 2], pads: [1, 1, 0, 2] }),
    convolution("groups", [2, 4, 4, 3], [6, 2, 3, 3], { groups: 2, pads: [1, 1, 1, 1] }),
    convolution("depthwise", [1, 3, 5, 5], [3, 1, 3, 3], { groups: 3, strides: [2, 1], pads: [1, 1, 1, 1] }),
    convolution("one axis", [2, 2, 6], [3, 2, 3], { strides: [2], pads: [1, 0] }),
    convolution("three axes", [1, 2, 3, 4, 3], [2, 2, 2, 3, 2], { pads: [0, 1, 0, 1, 1, 0], strides: [1, 2, 1] }),
  ],
  ConvTranspose: [
    {
      name: "values",
      inputs: [float32([1, 1, 2], [1, 2]), float32([1, 1, 3], [1, 10, 100])],
      build: (x, w) => x.convTranspose(w, { strides: [2] }),
      expected: { shape: [1, 1, 5], data: [1, 10, 102, 20, 200] },
    },
    transposed("2x2, stride 2", [1, 2, 3, 2], [2, 3, 2, 2], { strides: [2, 2] }),
    transposed("stride 1 with pads", [1, 2, 4, 3], [2, 2, 3, 3], { pads: [1, 1, 1, 1] }),
    transposed("output padding", [2, 2, 3, 3], [2, 1, 3, 3], { strides: [2, 3], pads: [1, 0, 1, 1], outputPadding: [1, 2] }),
    transposed("output padding of a whole stride", [1, 1, 3, 4], [1, 2, 2, 2], {
      strides: [1, 2],
      dilations: [3, 3],
      outputPadding: [2, 2],
    }),
    transposed("groups and dilation", [1, 4, 3, 2], [4, 3, 2, 3], { groups: 2, dilations: [2, 1], strides: [2, 1] }),
    transposed("one axis", [1, 2, 4], [2, 1, 4], { strides: [2], pads: [1, 1] }),
    transposed("three axes", [1, 1, 2, 2, 3], [1, 2, 2, 2, 1], { strides: [2, 1, 2] }),
  ],
  Resize: [
    {
      name: "values",
      inputs: [float32([1, 1, 2, 2], [1, 2, 3, 4])],
      build: (x) => x.resize(resizeAttrs([1, 1, 2, 2], [1, 1, 4, 4], {})),
      expected: { shape: [1, 1, 4, 4], data: [1, 1.25, 1.75, 2, 1.5, 1.75, 2.25, 2.5, 2.5, 2.75, 3.25, 3.5, 3, 3.25, 3.75, 4] },
    },
    {
      name: "repeated pixels",
      inputs: [float32([1, 2], [1, 2])],
      build: (x) => x.resize(resizeAttrs([1, 2], [2, 6], { mode: "nearest", coordinates: "asymmetric", nearest: "floor" })),
      expected: { shape: [2, 6], data: [1, 1, 1, 2, 2, 2, 1, 1, 1, 2, 2, 2] },
    },
    resizing("linear, up and down", [1, 2, 4, 3], [1, 2, 6, 2], {}),
    resizing("aligned corners", [1, 1, 3, 4], [1, 1, 5, 1], { coordinates: "align_corners" }),
    resizing("nearest, odd factor", [1, 1, 4, 3], [1, 1, 7, 2], { mode: "nearest", nearest: "round_prefer_ceil" }),
    resizing("cubic", [1, 1, 4, 5], [1, 1, 7, 3], { mode: "cubic" }),
    resizing("cubic, antialiased", [1, 1, 8, 5], [1, 1, 3, 4], {
      mode: "cubic",
      antialias: true,
      cubicCoefficient: -0.5,
      excludeOutside: true,
    }),
    resizing("linear, antialiased, three axes", [1, 1, 4, 6, 5], [1, 1, 2, 3, 5], { antialias: true }),
    resizing("channels and the batch", [2, 4, 3], [4, 3, 3], { coordinates: "half_pixel_symmetric" }),
  ],
  DFT: [
    {
      name: "values",
      inputs: [float32([4, 2], [1, 0, 2, 0, 3, 0, 4, 0])],
      build: (x) => x.dft(0),
      expected: { shape: [4, 2], data: [10, 0, -2, 2, -2, 0, -2, -2] },
    },
    { name: "length 1", inputs: [float32([1, 2], [3, 4])], build: (x) => x.dft(0), expected: { shape: [1, 2], data: [3, 4] } },
    { name: "odd length", inputs: [randomTensor([2, 5, 2])], build: (x) => x.dft(1) },
    { name: "inverse, outer axis", inputs: [randomTensor([6, 3, 2])], build: (x) => x.dft(0, true) },
    { name: "inverse, length 8", inputs: [randomTensor([8, 2])], build: (x) => x.dft(0, true) },
  ],
} satisfies Readonly<Record<string, readonly OpCase[]>>;
