import { evaluator } from "@leader/graph/testing";
import { trace } from "@leader/graph";
import { describe, expect, it } from "vitest";
import { fastHartleyTransform } from "./fast-hartley.js";
import { denseHartleyTransform } from "./hartley.js";

describe("fastHartleyTransform", () => {
  it.each([
    [144, 150],
    [256, 144],
  ])("is the dense transform, and its own inverse: %i x %i", (height, width) => {
    const aval = { shape: [1, 2, height, width], dtype: "float32" } as const;
    const fast = fastHartleyTransform(height, width, 100)!;
    const x = Float64Array.from({ length: 2 * height * width }, (_, i) => Math.fround(Math.sin(1 + i * i) + (i % width) / width));
    const worst = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
      Array.from(a).reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0);
    const transformed = evaluator((t) => fast(t), [aval])(x);
    // The factors are rounded to float32, each transform in its own way.
    expect(worst(transformed, evaluator((t) => denseHartleyTransform(height, width)(t), [aval])(x))).toBeLessThan(2e-5);
    expect(worst(evaluator((t) => fast(fast(t)), [aval])(x), x)).toBeLessThan(1e-6);
    const products = trace((t) => fast(t), [aval]).nodes.filter(({ op }) => op === "MatMul");
    expect(products.length).toBe(4);
  });

  it("leaves short sides, and those without factors near the square root, to dense products", () => {
    expect(fastHartleyTransform(256, 256)).toBeUndefined();
    expect(fastHartleyTransform(1024, 1021)).toBeUndefined();
    expect(fastHartleyTransform(1024, 2 * 509)).toBeUndefined();
    expect(fastHartleyTransform(1024, 768)).toBeDefined();
  });
});
