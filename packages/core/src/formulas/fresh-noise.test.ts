import { describe, expect, it } from "vitest";
import { trace, type HostTensor } from "@leader/graph";
import { evaluateGraph } from "@leader/graph/reference";
import { whiteningWeights } from "./fresh-noise.js";

const vector = (...values: number[]): HostTensor => ({ shape: [values.length], dtype: "float32", data: Float32Array.from(values) });

describe("whiteningWeights", () => {
  const of = (floor: number, ...c: number[]): readonly number[] => {
    const graph = trace((value) => whiteningWeights(value, floor), [vector(...c)]);
    return Array.from(evaluateGraph(graph, [{ ...vector(...c), data: Float64Array.from(c) }])[0]!.data);
  };
  it("inverts weights above the floor", () => {
    of(0.1, 0.5, 0.85, 1).forEach((w, i) => expect(w).toBeCloseTo(1 / [0.5, 0.85, 1][i]!, 6));
  });
  it("keeps the mean of w c at 1 when some components are below the floor", () => {
    const c = [0, 0.01, 0.85, 0.9];
    const product = of(0.1, ...c).map((w, i) => w * c[i]!);
    expect(product.reduce((a, b) => a + b) / c.length).toBeCloseTo(1, 5);
  });
  it("explodes, finitely, when nothing is seen", () => {
    const w = of(0.1, 0, 0, 0);
    expect(w.every((value) => value > 1e6 && Number.isFinite(value))).toBe(true);
  });
});
