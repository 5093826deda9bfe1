import { trace } from "@leader/graph";
import { evaluator } from "@leader/graph/testing";
import { describe, expect, it } from "vitest";
import { bandedFactor, cutFactor, twoSided } from "./axis-factor.js";
import { bandedProduct } from "./banded-product.js";
import { denseMatrix, denseProduct, denseTranspose, scaledColumns, type DenseMatrix } from "./dense.js";
import { denseSvd } from "./dense-svd.js";
import { knownEigenpairs } from "./known-eigenvectors.js";
import type { Eigenpairs } from "./eigenpairs.js";
import { bandEigenpairs, smallEigenpairs } from "./small-eigenpairs.js";
import { without } from "./without-eigenpairs.js";

type Boundary = "zero" | "reflect" | "periodic";

/** A blur of symmetric taps, of which every `stride`-th row is kept. */
function blur(size: number, taps: readonly number[], boundary: Boundary, stride = 1): DenseMatrix {
  const rows = Math.floor(size / stride);
  const data = new Float64Array(rows * size);
  for (let r = 0; r < rows; r++) {
    for (let d = 1 - taps.length; d < taps.length; d++) {
      const c = r * stride + d;
      const inside = c >= 0 && c < size;
      const reflected = c < 0 ? -1 - c : 2 * size - 1 - c;
      const place = inside ? c : boundary === "reflect" ? reflected : (c + size) % size;
      if (inside || boundary !== "zero") data[r * size + place]! += taps[Math.abs(d)]!;
    }
  }
  return { rows, columns: size, data };
}

const box = [0.2, 0.2, 0.2];
const gaussian = [0.3, 0.22, 0.1, 0.03];
const wave = (length: number): Float64Array => Float64Array.from({ length }, (_, i) => Math.sin(1 + i * i));
const worst = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  expect(a.length).toBe(b.length);
  return Array.from(a).reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0);
};
const composed = ({ values, vectors }: Eigenpairs): DenseMatrix => denseProduct(scaledColumns(denseTranspose(vectors), values), vectors);
const gram = ({ vectors }: Eigenpairs): DenseMatrix => denseProduct(vectors, denseTranspose(vectors));
const identity = (n: number): DenseMatrix => denseMatrix(n, n, (r, c) => (r === c ? 1 : 0));

describe("bandedProduct", () => {
  it.each([
    [blur(256, box, "zero"), blur(300, gaussian, "reflect")],
    [blur(512, gaussian, "reflect", 4), blur(256, box, "zero", 2)],
    [denseTranspose(blur(512, box, "reflect", 4)), blur(333, gaussian, "zero")],
  ])("is the dense product, of pictures that no block divides too", (left, right) => {
    expect(bandedProduct(left)).toBeDefined();
    const shape = [1, 1, left.columns, right.columns];
    const x = wave(left.columns * right.columns);
    const found = evaluator((t) => twoSided(bandedFactor(left), t, bandedFactor(right)), [{ shape, dtype: "float32" }])(x);
    const picture = { rows: left.columns, columns: right.columns, data: Float64Array.from(x, Math.fround) };
    expect(worst(found, denseProduct(denseProduct(left, picture), denseTranspose(right)).data)).toBeLessThan(1e-6);
  });

  it("leaves small matrices and those without structure to dense products", () => {
    expect(bandedProduct(blur(64, box, "zero"))).toBeUndefined();
    expect(bandedProduct(denseMatrix(256, 256, () => 1))).toBeUndefined();
    const graph = trace((x) => bandedFactor(blur(64, box, "zero")).fromLeft(x), [{ shape: [64, 64], dtype: "float32" }]);
    expect(graph.nodes.map(({ op }) => op).filter((op) => op !== "Constant")).toEqual(["MatMul"]);
  });

  it("loses what is cut by two thin products", () => {
    const matrix = blur(256, box, "zero");
    const cut = smallEigenpairs(matrix, 0.03)!;
    expect(cut.values.length).toBeGreaterThan(0);
    const factor = cutFactor(matrix, cut);
    expect(factor.work).toBeLessThan((256 * 256) / 2);
    const x = wave(256 * 256);
    const found = evaluator((t) => twoSided(factor, t, factor), [{ shape: [256, 256], dtype: "float32" }])(x);
    const dense = without(matrix, cut);
    const picture = { rows: 256, columns: 256, data: Float64Array.from(x, Math.fround) };
    expect(worst(found, denseProduct(denseProduct(dense, picture), denseTranspose(dense)).data)).toBeLessThan(1e-6);
  });
});

describe("knownEigenpairs", () => {
  it.each([
    [blur(96, gaussian, "reflect"), "of a mirrored blur"],
    [blur(97, box, "periodic"), "of a periodic blur"],
  ])("are found", (matrix) => {
    const pairs = knownEigenpairs(matrix)!;
    expect(worst(composed(pairs).data, matrix.data)).toBeLessThan(1e-13);
    expect(worst(gram(pairs).data, identity(matrix.rows).data)).toBeLessThan(1e-12);
  });

  it("are cosines of the Gram matrix of a mirrored downsampling about the middle of its blocks", () => {
    const taps = [0.02, 0.1, 0.2, 0.18, 0.18, 0.2, 0.1, 0.02];
    const data = new Float64Array(80 * 320);
    for (let r = 0; r < 80; r++)
      taps.forEach((tap, i) => {
        const c = 4 * r - 2 + i;
        data[r * 320 + (c < 0 ? -1 - c : c >= 320 ? 639 - c : c)]! += tap;
      });
    const down = { rows: 80, columns: 320, data };
    const square = denseProduct(down, denseTranspose(down));
    expect(worst(composed(knownEigenpairs(square)!).data, square.data)).toBeLessThan(1e-13);
  });

  it("are not made up", () => {
    expect(knownEigenpairs(blur(96, gaussian, "zero"))).toBeUndefined();
    expect(knownEigenpairs(denseMatrix(96, 96, () => 1))).toBeUndefined();
  });
});

describe("bandEigenpairs", () => {
  it.each([
    [128, box],
    [129, gaussian],
    [300, box],
    [200, [0.5, 0.25]],
  ] as const)("make up the matrix: %i pixels, taps %j", (size, taps) => {
    const matrix = blur(size, taps, "zero");
    const pairs = bandEigenpairs(matrix)!;
    expect(worst(composed(pairs).data, matrix.data)).toBeLessThan(1e-10);
    expect(worst(gram(pairs).data, identity(size).data)).toBeLessThan(1e-9);
  });

  it("are those of the decomposition of a blur, also where many values are about zero", () => {
    const wide = Array.from({ length: 5 }, (_, i) => Math.exp(-0.5 * (i / 1.5) ** 2) / 3.76);
    for (const taps of [box, gaussian, wide]) {
      const matrix = blur(256, taps, "zero");
      const { u, singularValues, v } = denseSvd(matrix);
      expect(worst(denseProduct(scaledColumns(u, singularValues), denseTranspose(v)).data, matrix.data)).toBeLessThan(1e-10);
      expect(worst(denseProduct(denseTranspose(v), v).data, identity(256).data)).toBeLessThan(1e-9);
    }
  });

  it("are left to the full decomposition where the band is wide", () => {
    expect(bandEigenpairs(denseMatrix(80, 80, () => 1))).toBeUndefined();
    expect(bandEigenpairs(blur(40, box, "zero"))).toBeUndefined();
  });
});
