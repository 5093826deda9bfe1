import { printGraph, trace, type Aval } from "@leader/graph";
import { evaluateGraph } from "@leader/graph/reference";
import { normalArray, relativeError } from "@leader/graph/testing";
import { describe, expect, it } from "vitest";
import { cpuForms } from "./cpu-forms.js";
import { convolvesPlanesOnly } from "./plane-convolution.js";

const image = (channels: number): Aval => ({ shape: [1, channels, 3, 5], dtype: "float32" });
const affine = (channels: number, number = 1) => trace((a, b) => a.sub(b).add(number).mul(b), [image(channels), image(channels)]);

describe("cpuForms", () => {
  it("makes a - b + 1 a pointwise convolution and a sum, with the same values", () => {
    const graph = affine(32, 0.5);
    const rewritten = cpuForms(graph);
    const text = printGraph(rewritten);
    expect(text).toContain("Conv(");
    expect(text).not.toContain("Sub(");
    const inputs = [1, 2].map((seed) => ({ ...image(32), data: normalArray(image(32), seed, "x") }));
    const [expected, received] = [graph, rewritten].map((one) => Float64Array.from(evaluateGraph(one, inputs)[0]!.data));
    expect(relativeError(received!, expected!)).toBeLessThan(1e-12);
  });

  it("leaves images whose channels do not fill the runtime's blocks alone", () => {
    expect(printGraph(cpuForms(affine(24)))).toBe(printGraph(affine(24)));
  });

  it.each([
    ["a blur of a padded plane", [2, 1, 12, 8], [1, 1, 9, 11], { pads: [4, 5, 4, 5] }, true],
    ["an even kernel", [1, 1, 11, 9], [1, 1, 10, 10], { pads: [4, 5, 4, 5] }, true],
    ["a plane with its surroundings", [1, 1, 16, 20], [1, 1, 9, 7], {}, true],
    ["a kernel of few taps", [1, 1, 8, 8], [1, 1, 5, 5], { pads: [2, 2, 2, 2] }, false],
    ["an odd size", [2, 1, 7, 8], [1, 1, 9, 9], { pads: [4, 4, 4, 4] }, true],
    ["odd sides and margins", [1, 1, 13, 10], [1, 1, 7, 8], { pads: [1, 3, 2, 6] }, true],
    ["several channels", [1, 2, 8, 8], [2, 2, 9, 9], { pads: [4, 4, 4, 4] }, false],
    ["a stride", [1, 1, 8, 8], [1, 1, 9, 9], { pads: [4, 4, 3, 3], strides: [2, 2] }, false],
  ] as const)(
    "computes blocks of a plane together where that applies, with the same values: %s",
    (_name, shape, kernel, attrs, applies) => {
      const weight = {
        shape: kernel,
        dtype: "float32",
        data: Float32Array.from(normalArray({ shape: kernel, dtype: "float32" }, 3, "w")),
      } as const;
      const input: Aval = { shape, dtype: "float32" };
      const graph = trace((x) => x.conv(x.trace.constant(weight), attrs), [input]);
      const rewritten = cpuForms(graph);
      expect(printGraph(rewritten) !== printGraph(graph)).toBe(applies);
      const x = { ...input, data: normalArray(input, 1, "x") };
      const [expected, received] = [graph, rewritten].map((one) => Float64Array.from(evaluateGraph(one, [x])[0]!.data));
      expect(relativeError(received!, expected!)).toBeLessThan(1e-12);
    },
  );
});

describe("convolvesPlanesOnly", () => {
  const convolved = (channels: number) =>
    trace(
      (x) => x.conv(x.trace.constant({ shape: [1, channels, 1, 1], dtype: "float32", data: new Float32Array(channels) })),
      [image(channels)],
    );

  it("is true of blurs of planes, and of no network or graph without convolutions", () => {
    expect([
      convolvesPlanesOnly(convolved(1)),
      convolvesPlanesOnly(convolved(3)),
      convolvesPlanesOnly(trace((x) => x.exp(), [image(1)])),
    ]).toEqual([true, false, false]);
  });
});
