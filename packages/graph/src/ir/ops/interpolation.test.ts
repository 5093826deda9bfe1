import { describe, expect, it } from "vitest";
import type { CoordinateMode } from "../op-attrs.js";
import { interpolationMatrix, isIdentity, type DenseMatrix, type InterpolationAttrs } from "./interpolation.js";

const base: InterpolationAttrs = {
  mode: "linear",
  coordinates: "half_pixel",
  nearest: "round_prefer_floor",
  cubicCoefficient: -0.75,
  excludeOutside: false,
  antialias: false,
};

/** rows x image x columns^T for a square image 1, 2, 3, ... */
function resizeSquare(matrix: DenseMatrix): readonly number[] {
  const n = matrix.columns;
  const at = (row: number, column: number): number => matrix.data[row * n + column]!;
  return Array.from({ length: matrix.rows ** 2 }, (_, k) => {
    let sum = 0;
    for (let i = 0; i < n; i++)
      for (let j = 0; j < n; j++) sum += at(Math.floor(k / matrix.rows), i) * (i * n + j + 1) * at(k % matrix.rows, j);
    return sum;
  });
}

const close = (actual: readonly number[], expected: readonly number[]): void => {
  expect(actual).toHaveLength(expected.length);
  actual.forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, 5));
};

/** Which input each output reads, for matrices of zeros and ones. */
const sources = ({ rows, columns, data }: DenseMatrix): readonly number[] =>
  Array.from({ length: rows }, (_, row) => data.slice(row * columns, (row + 1) * columns).indexOf(1));

// Expected values: the examples of the Resize operator in the ONNX specification.
describe("interpolationMatrix reproduces the ONNX examples", () => {
  it("cubic, down by 0.8", () => {
    const expected = [1.47119141, 2.78125, 4.08251953, 6.71142578, 8.02148438, 9.32275391, 11.91650391, 13.2265625, 14.52783203];
    close(resizeSquare(interpolationMatrix(4, 3, 0.8, { ...base, mode: "cubic" })), expected);
  });

  it("cubic, antialiased, down by 0.6", () => {
    close(
      resizeSquare(interpolationMatrix(4, 2, 0.6, { ...base, mode: "cubic", antialias: true })),
      [2.5180721, 4.2858863, 9.589329, 11.357142],
    );
  });

  it("linear, antialiased, down by 0.6", () => {
    close(resizeSquare(interpolationMatrix(4, 2, 0.6, { ...base, antialias: true })), [2.875, 4.5, 9.375, 11]);
  });

  it("linear, half_pixel_symmetric, down by 0.6 of four pixels", () => {
    const { data } = interpolationMatrix(4, 2, 0.6, { ...base, coordinates: "half_pixel_symmetric" });
    close(
      [0, 1].map((row) => [1, 2, 3, 4].reduce((sum, v, i) => sum + v * data[row * 4 + i]!, 0)),
      [1.6666667, 3.3333333],
    );
  });
});

describe("interpolationMatrix", () => {
  it("rounds the nearest coordinate in four ways", () => {
    // Coordinates 0, 0.5, 1, 1.5, 2, 2.5.
    const nearest = (mode: InterpolationAttrs["nearest"]): readonly number[] =>
      sources(interpolationMatrix(3, 6, 2, { ...base, mode: "nearest", coordinates: "asymmetric", nearest: mode }));
    expect(nearest("round_prefer_floor")).toEqual([0, 0, 1, 1, 2, 2]);
    expect(nearest("round_prefer_ceil")).toEqual([0, 1, 1, 2, 2, 2]);
    expect(nearest("floor")).toEqual([0, 0, 1, 1, 2, 2]);
    expect(nearest("ceil")).toEqual([0, 1, 1, 2, 2, 2]);
  });

  it("follows the scale of the model where it differs from the ratio of the sizes", () => {
    const { data } = interpolationMatrix(3, 4, 1.5, { ...base, coordinates: "asymmetric" });
    close([...data], [1, 0, 0, 1 / 3, 2 / 3, 0, 0, 2 / 3, 1 / 3, 0, 0, 1]);
  });

  it.each<CoordinateMode>(["half_pixel", "half_pixel_symmetric", "pytorch_half_pixel", "align_corners", "asymmetric"])(
    "%s leaves an equal size alone",
    (coordinates) => {
      for (const mode of ["nearest", "linear", "cubic"] as const)
        expect(isIdentity(interpolationMatrix(5, 5, 1, { ...base, coordinates, mode }))).toBe(true);
    },
  );

  it.each(["linear", "cubic"] as const)("%s keeps constants, whatever lies outside", (mode) => {
    for (const excludeOutside of [false, true]) {
      for (const antialias of [false, true]) {
        for (const [from, to] of [
          [7, 3],
          [3, 7],
          [5, 1],
          [1, 4],
        ] as const) {
          const { data } = interpolationMatrix(from, to, to / from, { ...base, mode, excludeOutside, antialias });
          for (let row = 0; row < to; row++) expect(data.slice(row * from, (row + 1) * from).reduce((a, b) => a + b)).toBeCloseTo(1, 12);
        }
      }
    }
  });

  it("reads the first pixel where one output pixel has no position", () => {
    expect([...interpolationMatrix(3, 1, 1 / 3, { ...base, coordinates: "pytorch_half_pixel" }).data]).toEqual([1, 0, 0]);
    expect([...interpolationMatrix(3, 1, 1 / 3, { ...base, coordinates: "align_corners" }).data]).toEqual([1, 0, 0]);
  });
});
