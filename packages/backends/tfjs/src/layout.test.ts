import { describe, expect, it } from "vitest";
import { arrangeConstant } from "./plan/arrange-constant.js";
import { arranged, movesNothing, permutationBetween, positionOf } from "./layout.js";

describe("layouts", () => {
  it("order the axes of images and of weights", () => {
    expect(arranged(["N", "C", "H", "W"], "last")).toEqual(["N", "H", "W", "C"]);
    expect(arranged(["M", "C", "H", "W"], "filter")).toEqual(["H", "W", "C", "M"]);
    expect(arranged(["N", "C"], "last")).toEqual(["N", "C"]);
    expect([0, 1, 2, 3].map((axis) => positionOf(axis, "last", 4))).toEqual([0, 3, 1, 2]);
  });

  it("convert into one another", () => {
    expect(permutationBetween("first", "last", 4)).toEqual([0, 2, 3, 1]);
    expect(permutationBetween("last", "first", 4)).toEqual([0, 3, 1, 2]);
    expect(permutationBetween("last", "last", 5)).toEqual([0, 1, 2, 3, 4]);
  });

  it("know when only axes of size 1 change places", () => {
    expect(movesNothing([1, 8, 1, 1], [0, 2, 3, 1])).toBe(true);
    expect(movesNothing([2, 1, 4, 4], [0, 2, 3, 1])).toBe(true);
    expect(movesNothing([1, 8, 4, 1], [0, 2, 3, 1])).toBe(false);
  });

  it("arrange constants", () => {
    const weights = { shape: [1, 2, 3], dtype: "float32", data: Float32Array.of(1, 2, 3, 4, 5, 6) } as const;
    expect(arrangeConstant(weights, "filter")).toEqual({ ...weights, shape: [3, 2, 1], data: Float32Array.of(1, 4, 2, 5, 3, 6) });
    expect(arrangeConstant(weights, "first")).toBe(weights);
  });
});
