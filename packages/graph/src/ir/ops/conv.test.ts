import { describe, expect, it } from "vitest";
import type { HostTensor } from "../../values.js";
import { interpret } from "../../reference/interpret.js";
import { vjp } from "../../transform/vjp.js";
import { randomTensor } from "../../testing/op-cases/op-case.js";
import type { ConvAttrs, OpName } from "../op-attrs.js";
import { trace } from "../trace.js";

interface Setting extends ConvAttrs {
  readonly x: readonly [number, number, number, number];
  readonly w: readonly [number, number, number, number];
}

/** The definition of a two-dimensional convolution, pixel by pixel. */
function definition(
  x: HostTensor,
  w: HostTensor,
  { x: [batch, channels, height, width], w: [filters, perGroup, kernelHeight, kernelWidth], strides, pads, dilations, groups }: Setting,
): number[] {
  const pixel = (n: number, c: number, i: number, j: number): number =>
    i < 0 || j < 0 || i >= height || j >= width ? 0 : x.data[((n * channels + c) * height + i) * width + j]!;
  const size = (n: number, k: number, axis: number): number =>
    Math.floor((n + pads[axis]! + pads[axis + 2]! - dilations[axis]! * (k - 1) - 1) / strides[axis]!) + 1;
  const result: number[] = [];
  for (let n = 0; n < batch; n++)
    for (let m = 0; m < filters; m++)
      for (let i = 0; i < size(height, kernelHeight, 0); i++)
        for (let j = 0; j < size(width, kernelWidth, 1); j++) {
          let sum = 0;
          for (let c = 0; c < perGroup; c++)
            for (let k = 0; k < kernelHeight; k++)
              for (let l = 0; l < kernelWidth; l++) {
                const channel = Math.floor(m / (filters / groups)) * perGroup + c;
                const value = pixel(
                  n,
                  channel,
                  i * strides[0]! + k * dilations[0]! - pads[0]!,
                  j * strides[1]! + l * dilations[1]! - pads[1]!,
                );
                sum += value * w.data[((m * perGroup + c) * kernelHeight + k) * kernelWidth + l]!;
              }
          result.push(sum);
        }
  return result;
}

const plain = { strides: [1, 1], pads: [0, 0, 0, 0], dilations: [1, 1], groups: 1 };
const settings: readonly (readonly [string, Setting])[] = [
  ["pads", { ...plain, x: [2, 3, 5, 4], w: [2, 3, 3, 3], pads: [1, 0, 2, 1] }],
  ["strides and dilations", { ...plain, x: [1, 2, 9, 11], w: [3, 2, 2, 3], strides: [2, 3], dilations: [3, 2], pads: [1, 2, 0, 1] }],
  ["groups", { ...plain, x: [2, 6, 5, 5], w: [4, 3, 3, 2], groups: 2, strides: [2, 1] }],
  ["one pixel", { ...plain, x: [1, 2, 1, 1], w: [1, 2, 3, 3], pads: [1, 1, 1, 1] }],
];

describe("Conv", () => {
  it.each(settings)("equals its definition: %s", (_, setting) => {
    const { x: xShape, w: wShape, ...attrs } = setting;
    const [x, w] = [randomTensor(xShape, 3), randomTensor(wShape, 4)];
    const [result] = interpret(
      trace((a, b) => a.conv(b, attrs), [x, w]),
      [x, w],
    );
    const expected = definition(x, w, setting);
    expect(result!.data.length).toBe(expected.length);
    expected.forEach((value, i) => expect(result!.data[i]).toBeCloseTo(value, 5));
  });
});

// Which form the derivative takes decides how fast guidance runs: ConvTranspose is slow on most runtimes.
describe("derivative of Conv by x", () => {
  const opsFor = (x: readonly number[], w: readonly number[], attrs: Partial<ConvAttrs>): readonly OpName[] => {
    const type = (shape: readonly number[]) => ({ shape, dtype: "float32" }) as const;
    return vjp(
      trace((a, b) => a.conv(b, attrs), [type(x), type(w)]),
      { wrt: [0] },
    ).nodes.map((node) => node.op);
  };

  it("is a convolution for stride 1", () => {
    expect(opsFor([1, 2, 8, 8], [3, 2, 3, 3], { pads: [1, 1, 1, 1] })).toEqual(["Reshape", "Transpose", "Reshape", "Slice", "Conv"]);
  });

  it("is a pointwise convolution and a shuffle for windows that do not overlap", () => {
    expect(opsFor([1, 2, 8, 8], [3, 2, 2, 2], { strides: [2, 2] })).toEqual([
      "Reshape",
      "Transpose",
      "Reshape",
      "Conv",
      "Reshape",
      "Transpose",
      "Reshape",
    ]);
  });

  it("is a transposed convolution otherwise", () => {
    expect(opsFor([1, 2, 8, 8], [3, 2, 3, 3], { strides: [2, 2], pads: [1, 1, 1, 1] })).toEqual(["ConvTranspose"]);
  });
});
