import { describe, expect, it } from "vitest";
import { memoryOf, trace, type Aval } from "@leader/graph";
import { evaluator, normalArray, relativeError } from "@leader/graph/testing";
import { conjugateGradient } from "./conjugate-gradient.js";

const type: Aval = { shape: [2, 1, 2, 3], dtype: "float32" };
const weights = [1, 2, 3, 4, 5, 6];
const weighted = (x: Parameters<Parameters<typeof conjugateGradient>[0]>[0]) =>
  x.mul(x.trace.constant({ shape: [2, 3], dtype: "float32", data: Float32Array.from(weights) }));
const exact = (b: Float64Array): Float64Array => b.map((value, i) => value / weights[i % 6]!);

describe("conjugateGradient", () => {
  it("solves a system of n distinct eigenvalues in n iterations", () => {
    const solve = evaluator((b) => conjugateGradient(weighted, b, { iterations: 6 }), [type]);
    const b = normalArray(type, 0, "b");
    expect(relativeError(solve(b), exact(b))).toBeLessThan(1e-8);
  });

  it("stays where it is once it is solved: exact start, zero right-hand side, too many iterations", () => {
    const b = normalArray(type, 1, "b");
    const continued = evaluator((value, x0) => conjugateGradient(weighted, value, { iterations: 5, x0: x0 }), [type, type]);
    expect(relativeError(continued(b, exact(b)), exact(b))).toBeLessThan(1e-12);
    const solve = evaluator((value) => conjugateGradient(weighted, value, { iterations: 40 }), [type]);
    expect(solve(new Float64Array(12))).toEqual(new Float64Array(12));
    expect(relativeError(solve(b), exact(b))).toBeLessThan(1e-6);
  });

  it("treats every image of a batch as a system of its own", () => {
    const b = normalArray(type, 2, "b");
    const solve = evaluator((value) => conjugateGradient(weighted, value, { iterations: 2 }), [type]);
    const changed = b.map((value, i) => (i < 6 ? value : 100 * value + 1));
    expect(solve(changed).slice(0, 6)).toEqual(solve(b).slice(0, 6));
  });

  it("keeps as many images in fifty iterations as in five, in whichever order they are computed", () => {
    const image: Aval = { shape: [1, 1, 64, 64], dtype: "float32" };
    const turned = (x: Parameters<Parameters<typeof conjugateGradient>[0]>[0]) => x.add(x.flip([2, 3]).mul(0.5));
    const memory = (iterations: number): number =>
      memoryOf(trace((b) => conjugateGradient(turned, b, { iterations }), [image])).activations;
    expect(memory(50)).toBe(memory(5));
  });
});
