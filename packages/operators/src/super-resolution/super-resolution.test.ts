import { normals, proximalMap, trace, type LinearOperator } from "@leader/core";
import { interpret } from "@leader/graph/reference";
import { describeOperator, withPowers } from "@leader/core/testing";
import { describe, expect, it } from "vitest";
import { createOperator, images, operatorAt } from "../../test/environment.js";
import { compute } from "../../test/compute.js";
import { bicubicMatrix } from "./bicubic.js";

for (const [method, factor, height, width, channels] of [
  ["average-pool", 2, 6, 8, 3],
  ["average-pool", 3, 9, 3, 1],
  ["average-pool", 5, 5, 10, 3],
  ["bicubic", 2, 6, 10, 3],
  ["bicubic", 3, 9, 6, 1],
  ["bicubic", 4, 16, 4, 3],
] as const) {
  const operator = await operatorAt("super-resolution", { method, factor }, images(height, width, channels, 2));
  describeOperator(`super-resolution: ${method} x${factor}, ${height} x ${width}`, () => operator);
}

describe("bicubic downsampling", () => {
  const row = (matrix: ReturnType<typeof bicubicMatrix>, r: number): readonly number[] => [
    ...matrix.data.subarray(r * matrix.columns, (r + 1) * matrix.columns),
  ];

  it("has the exact taps of factor 4, centred on its block", () => {
    const taps = [-7, -45, -75, -49, 93, 399, 745, 987, 987, 745, 399, 93, -49, -75, -45, -7].map((tap) => tap / 4096);
    const third = row(bicubicMatrix(32, 4), 3);
    third.forEach((weight, column) => expect(weight, `column ${column}`).toBeCloseTo(taps[column - 6] ?? 0, 14));
  });

  it("continues the picture by reflection that repeats the edge", () => {
    const first = row(bicubicMatrix(256, 4), 0);
    const expected = [
      0.27929688, 0.26367188, 0.22900391, 0.16357422, 0.08642578, 0.02099609, -0.01196289, -0.01831055, -0.01098633, -0.00170898,
    ];
    first.forEach((weight, column) => expect(weight).toBeCloseTo(expected[column] ?? 0, 7));
    expect(row(bicubicMatrix(256, 4), 63)).toEqual([...first].reverse());
  });

  it.each([
    [256, 4],
    [24, 8],
    [15, 3],
    [4, 4],
    [34, 17],
  ])("has rows that sum to 1, for length %i and factor %i", (length, factor) => {
    const matrix = bicubicMatrix(length, factor);
    for (let r = 0; r < matrix.rows; r++) expect(row(matrix, r).reduce((a, b) => a + b, 0)).toBeCloseTo(1, 12);
  });

  it("is symmetric for an odd factor: row r is centred on the middle pixel of its block", () => {
    const middle = row(bicubicMatrix(45, 3), 7);
    expect(middle).toEqual([...middle].reverse());
    expect(middle.indexOf(Math.max(...middle))).toBe(22);
  });

  it.each([
    [4, 0.34852, 0.5],
    [8, 0.24709, 0.35355],
  ])("has the singular values of factor %i: %f to %f per axis", async (factor, smallest, largest) => {
    const operator = await operatorAt("super-resolution", { factor }, images(256, 256));
    const values = [...operator.svd!.singularValues.data].filter((s) => s > 0);
    expect(values.length).toBe((256 / factor) ** 2);
    expect(values.reduce((a, b) => Math.max(a, b))).toBeCloseTo(largest ** 2, 4);
    expect(values.reduce((a, b) => Math.min(a, b))).toBeCloseTo(smallest ** 2, 4);
  });

  it("maps a constant picture to itself", async () => {
    const operator = await operatorAt("super-resolution", { factor: 4 }, images(8, 12, 1));
    for (const value of compute(operator, "apply", new Float32Array(96).fill(0.7))) expect(value).toBeCloseTo(0.7, 6);
  });
});

describe("average-pool downsampling", () => {
  it("takes the mean of blocks, and repeats pixels back", async () => {
    const operator = await operatorAt("super-resolution", { method: "average-pool", factor: 2 }, images(2, 4, 1));
    expect(compute(operator, "apply", [1, 2, 5, 6, 3, 4, 7, 8])).toEqual([2.5, 6.5]);
    expect(compute(operator, "pinv", [1, 2])).toEqual([1, 1, 2, 2, 1, 1, 2, 2]);
    expect(compute(operator, "adjoint", [4, 8])).toEqual([1, 1, 2, 2, 1, 1, 2, 2]);
  });
});

describe("super-resolution", () => {
  it("knows the size of the picture from the measurement", async () => {
    const factory = await createOperator("super-resolution", { factor: 3 });
    expect(factory.imageFor(images(4, 7, 1, 2))).toEqual(images(12, 21, 1, 2));
  });

  it("advises on sizes that the factor does not divide", async () => {
    const factory = await createOperator("super-resolution", {});
    expect(() => factory.at(images(10, 3))).toThrow(
      expect.objectContaining({
        code: "LEADER_OPERATORS_SIZE_NOT_DIVISIBLE",
        message: "super-resolution: expected sides divisible by 4, received 10 x 3",
        hint: "pad it to 12 x 4",
      }),
    );
    expect(() => factory.at(images(10, 9))).toThrow(expect.objectContaining({ hint: "crop the picture to 8 x 8, or pad it to 12 x 12" }));
  });
});

describe("the data step of splitting methods", () => {
  it.each([1e-4, 0.01, 1])("is that of conjugate gradients in closed form: 32x32, rho %f", async (rho) => {
    const operator = await operatorAt("super-resolution", { factor: 4 }, images(32, 32));
    const draw = (name: string, shape: readonly number[]) => {
      const data = normals(
        { seed: 1, image: 0, step: 0, name },
        shape.reduce((a, b) => a * b, 1),
      );
      return { shape, dtype: "float32" as const, data };
    };
    const inputs = [
      draw("z", operator.domain.shape),
      draw("y", operator.range.shape),
      { shape: [], dtype: "float32" as const, data: Float32Array.of(rho) },
    ];
    const step = (of: LinearOperator) => interpret(trace(proximalMap(of, { iterations: 60 }), inputs), inputs)[0]!.data;
    const [closed, iterated] = [step(operator), step(withPowers(operator, []))];
    const norm = (v: ArrayLike<number>) => Math.hypot(...Array.from(v));
    const difference = Array.from(closed, (value, i) => value - iterated[i]!);
    expect(norm(difference) / norm(closed)).toBeLessThan(1e-6);
  });
});
