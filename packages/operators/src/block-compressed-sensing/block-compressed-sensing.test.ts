import { describeOperator } from "@leader/core/testing";
import { describe, expect, it } from "vitest";
import { createOperator, images, operatorAt } from "../../test/environment.js";
import { compute } from "../../test/compute.js";
import { sensingMatrix } from "./sensing-matrix.js";
import { regionsOf } from "./tiling.js";

for (const [options, height, width, channels] of [
  [{ blockSize: 4 }, 8, 8, 3],
  [{ blockSize: 4, ratio: 0.5, seed: 2 }, 7, 10, 1],
  [{ blockSize: 3, ratio: 0.4 }, 5, 1, 3],
  [{}, 6, 9, 2],
  [{ blockSize: 2, ratio: 1 }, 3, 5, 1],
] as const) {
  const operator = await operatorAt("block-compressed-sensing", options, images(height, width, channels, 2));
  describeOperator(`block-compressed-sensing ${JSON.stringify(options)}, ${height} x ${width}`, () => operator);
}

describe("block-compressed-sensing", () => {
  it("cuts a side into equal parts, or parts that differ by a pixel", () => {
    const sides = (length: number): readonly (readonly number[])[] =>
      regionsOf(length, 32, 32).map(({ vertical }) => [vertical.start, vertical.count, vertical.length]);
    expect(sides(256)).toEqual([[0, 8, 32]]);
    expect(sides(100)).toEqual([[0, 4, 25]]);
    expect(sides(257)).toEqual([
      [0, 5, 29],
      [145, 4, 28],
    ]);
    expect(sides(5)).toEqual([[0, 1, 5]]);
    expect(regionsOf(33, 33, 32).length).toBe(4);
  });

  it("projects every block of every channel on the same rows", async () => {
    const operator = await operatorAt("block-compressed-sensing", { blockSize: 2, ratio: 0.5, seed: 9 }, images(2, 4, 2));
    const rows = sensingMatrix(9, 2, 4).data;
    const x = Array.from({ length: 16 }, (_, i) => Math.cos(i * i));
    const project = (block: readonly number[], r: number): number => block.reduce((sum, value, i) => sum + value * rows[4 * r + i]!, 0);
    const blocks = [0, 8].flatMap((plane) =>
      [0, 2].map((left) => [x[plane + left]!, x[plane + left + 1]!, x[plane + left + 4]!, x[plane + left + 5]!]),
    );
    const expected = blocks.flatMap((block) => [project(block, 0), project(block, 1)]);
    compute(operator, "apply", x).forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, 5));
  });

  it("keeps a quarter of 32 x 32 blocks by default", async () => {
    const operator = await operatorAt("block-compressed-sensing", {}, images(64, 96));
    expect(operator.range.shape).toEqual([1, 3, 6 * 256]);
    const factory = await createOperator("block-compressed-sensing", {});
    expect(factory.imageFor({ shape: [1, 3, 64 * 256], dtype: "float32" })).toEqual(images(256, 256));
  });

  it("has orthonormal rows that depend on the seed", () => {
    const { data } = sensingMatrix(0, 64, 64);
    for (let r = 0; r < 64; r += 7) {
      for (let q = 0; q <= r; q += 3) {
        let dot = 0;
        for (let i = 0; i < 64; i++) dot += data[64 * r + i]! * data[64 * q + i]!;
        expect(dot).toBeCloseTo(r === q ? 1 : 0, 12);
      }
    }
    expect(sensingMatrix(1, 2, 4)).not.toEqual(sensingMatrix(0, 2, 4));
  });
});
