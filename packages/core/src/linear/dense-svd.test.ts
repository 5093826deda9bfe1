import { describe, expect, it } from "vitest";
import { denseMatrix, denseProduct, denseTranspose, scaledColumns, type DenseMatrix } from "./dense.js";
import { completedBasis, denseSvd, thinSvd } from "./dense-svd.js";

const largestDifference = (a: DenseMatrix, b: DenseMatrix): number =>
  a.data.reduce((worst, value, i) => Math.max(worst, Math.abs(value - b.data[i]!)), 0);
const identity = (n: number): DenseMatrix => denseMatrix(n, n, (r, c) => (r === c ? 1 : 0));
const gram = (a: DenseMatrix): DenseMatrix => denseProduct(denseTranspose(a), a);
const random = (rows: number, columns: number): DenseMatrix => denseMatrix(rows, columns, (r, c) => Math.sin(1 + 12.9 * r + 78.2 * c * c));
const hilbert = (n: number): DenseMatrix => denseMatrix(n, n, (r, c) => 1 / (1 + r + c + (r > c ? 0.01 : 0)));

describe.each([
  ["square", random(6, 6)],
  ["symmetric with negative eigenvalues", denseMatrix(5, 5, (r, c) => Math.cos(r + c) - (r === c ? 1 : 0))],
  ["wide", random(3, 8)],
  ["tall", random(8, 3)],
  ["symmetric under half a turn, even", denseMatrix(6, 6, (r, c) => 1 / (1 + (r - c) ** 2) - (r === c ? 1.2 : 0))],
  ["symmetric under half a turn, odd", denseMatrix(7, 7, (r, c) => Math.cos(r - c) + Math.cos((r - 3) * (c - 3)))],
  ["zero", denseMatrix(3, 4, () => 0)],
  ["one entry", denseMatrix(1, 1, () => -2)],
])("denseSvd of a %s matrix", (_, b) => {
  it("reconstructs it from orthonormal vectors, largest first", () => {
    const { u, singularValues, v } = denseSvd(b);
    expect(singularValues.length).toBe(Math.min(b.rows, b.columns));
    expect([...singularValues]).toEqual([...singularValues].sort((x, y) => y - x));
    expect(largestDifference(denseProduct(scaledColumns(u, singularValues), denseTranspose(v)), b)).toBeLessThan(1e-12);
    if (singularValues.some((s) => s === 0)) return;
    expect(largestDifference(gram(u), identity(u.columns))).toBeLessThan(1e-12);
    expect(largestDifference(gram(v), identity(v.columns))).toBeLessThan(1e-12);
  });
});

describe("thinSvd", () => {
  it("keeps the values from the threshold on", () => {
    const b = scaledColumns(identity(4), [2, 0.03, 0.0299, 0]);
    expect([...thinSvd(b, 0.03).singularValues]).toEqual([2, 0.03]);
    expect(thinSvd(denseMatrix(3, 5, () => 0)).singularValues.length).toBe(0);
  });

  it("stays orthonormal where the Gram matrix would lose the small values", () => {
    const { u, singularValues, v } = thinSvd(hilbert(6));
    expect(singularValues.at(-1)! / singularValues[0]!).toBeLessThan(1e-3);
    expect(largestDifference(gram(u), identity(u.columns))).toBeLessThan(1e-10);
    expect(largestDifference(gram(v), identity(v.columns))).toBeLessThan(1e-10);
  });
});

describe("completedBasis", () => {
  it.each([
    [7, 3],
    [5, 5],
    [4, 0],
    [1, 0],
  ])("extends %i-vectors, %i of them, to an orthogonal matrix", (n, k) => {
    const basis = k === 0 ? denseMatrix(n, 0, () => 0) : denseSvd(random(n, k)).u;
    const full = completedBasis(basis);
    expect([full.rows, full.columns]).toEqual([n, n]);
    expect(largestDifference(gram(full), identity(n))).toBeLessThan(1e-12);
    expect(denseMatrix(n, k, (r, c) => full.data[r * n + c]!).data).toEqual(basis.data);
  });
});
