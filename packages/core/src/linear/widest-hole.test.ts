import type { HostTensor } from "@leader/graph";
import { describe, expect, it } from "vitest";
import { maskOperator, poolingOperator } from "../testing/test-operators.js";
import { widestHole } from "./widest-hole.js";

const [height, width] = [9, 7];

/** A picture whose pixels are open where the text of its rows has a dot. */
const mask = (...channels: readonly (readonly string[])[]): HostTensor => ({
  shape: [1, channels.length, channels[0]!.length, channels[0]![0]!.length],
  dtype: "float32",
  data: Float32Array.from(channels.map((rows) => rows.join("")).join(""), (one: string) => (one === "." ? 0 : 1)),
});
/** Of an operator that measures each pixel by itself. */
const sideOf = (measured: HostTensor): number =>
  widestHole({ measured, svd: { ...maskOperator(measured).svd!, singularValues: measured } });

describe("widestHole", () => {
  it("is the side of the largest square without a measured pixel", () => {
    expect(sideOf(mask(["#....", "#....", "#..#.", "#...."]))).toBe(2);
    expect(sideOf(mask(["#....", "#...#", "#....", "#...."]))).toBe(3);
    expect(sideOf(mask(["....", "...."]))).toBe(2);
    expect(sideOf(mask(["####", "####"]))).toBe(0);
  });

  it("agrees with looking at every square", () => {
    for (let seed = 0; seed < 40; seed++) {
      const share = (seed % 8) / 8;
      const open = (i: number): boolean => Math.abs(Math.sin((i + 1) * 12.9898 + seed) * 43758.5453) % 1 > share;
      const rows = Array.from({ length: height }, (_, r) =>
        Array.from({ length: width }, (_, c) => (open(r * width + c) ? "." : "#")).join(""),
      );
      const empty = (top: number, left: number, side: number): boolean =>
        rows.slice(top, top + side).every((row) => !row.slice(left, left + side).includes("#"));
      let widest = 0;
      for (let side = 1; side <= width; side++)
        for (let top = 0; top + side <= height; top++)
          for (let left = 0; left + side <= width; left++) if (empty(top, left, side)) widest = side;
      expect(sideOf(mask(rows))).toBe(widest);
    }
  });

  it("counts a pixel as measured that is in one channel", () => {
    expect(sideOf(mask(["....", "...."], [".#..", "...."]))).toBe(2);
    expect(sideOf(mask(["..", ".."], [".#", ".."]))).toBe(1);
  });

  it("is 0 where values speak of many pixels, or nothing tells what is measured", () => {
    const image = { shape: [1, 3, 8, 8], dtype: "float32" } as const;
    expect(widestHole(poolingOperator(image))).toBe(0);
    const open = mask(["....", "...."]);
    const { svd } = maskOperator(open);
    // A blur of which only a part is measured.
    expect(widestHole({ measured: open, svd: svd! })).toBe(0);
    expect(widestHole({ measured: open })).toBe(0);
    expect(widestHole({ svd: { ...svd!, singularValues: open } })).toBe(0);
  });
});
