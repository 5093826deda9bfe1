import { printGraph, trace, type Aval } from "@leader/core";
import { evaluateGraph } from "@leader/core/reference";
import { normalArray, relativeError } from "@leader/core/testing";
import { describe, expect, it } from "vitest";
import { cpuForms } from "./cpu-forms.js";

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
});
