import { describe, expect, it } from "vitest";
import { planParts } from "./parts.js";
import { sizingsFor } from "./sizing.js";

describe("the cut", () => {
  it("covers every pixel, with parts of one size that share the overlap", () => {
    for (const [height, width] of [
      [3000, 4000],
      [641, 5000],
      [1111, 777],
    ] as const) {
      const plan = planParts([1, 3, height, width], { stride: 1, reach: 0, coefficients: "pixels" }, 640)!;
      for (const [axis, length, size] of [
        ["top", height, plan.height],
        ["left", width, plan.width],
      ] as const) {
        const starts = [...new Set(plan.parts.map((part) => part[axis]))];
        expect(starts[0]).toBe(0);
        expect(starts.at(-1)! + size).toBe(length);
        for (const [i, start] of starts.slice(1).entries()) expect(starts[i]! + size - start).toBeGreaterThanOrEqual(plan.overlap);
      }
    }
  });

  it("begins parts where pixels of the measurement begin", () => {
    const plan = planParts([1, 3, 3000, 4002], { stride: 6, reach: 48, coefficients: "others" }, 640)!;
    expect(plan.parts.every(({ top, left, height, width }) => [top, left, height, width].every((value) => value % 6 === 0))).toBe(true);
  });

  it("tries smaller parts after larger ones, and tiles where there are no parts", () => {
    const large = { shape: [1, 3, 3000, 4000], dtype: "float32" } as const;
    const sides = sizingsFor(large, { stride: 1, reach: 0, coefficients: "pixels" }).map(({ plan }) => plan!.width);
    expect(sides.length).toBeGreaterThan(2);
    expect(sides).toEqual([...sides].sort((a, b) => b - a));
    expect(sizingsFor(large, undefined).map(({ tile }) => tile)).toEqual([undefined, 512, 384, 256, 128]);
  });
});
