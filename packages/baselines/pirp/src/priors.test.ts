import type { Aval } from "@leader/core";
import { evaluator, normalArray, relativeError } from "@leader/core/testing";
import { describe, expect, it } from "vitest";
import { derivativeMatrix, frequencyGradient } from "./frequency-prior.js";
import { roughness } from "./pirp.js";
import { spatialGradient } from "./spatial-prior.js";

const [height, width] = [6, 8];
const image: Aval = { shape: [1, 3, height, width], dtype: "float32" };
const plane = height * width;
const x = normalArray(image, 1, "x").map((value) => 0.3 * value);
const at = (data: Float64Array, c: number, r: number, q: number): number =>
  data[c * plane + ((r + height) % height) * width + ((q + width) % width)]!;
const eachPixel = (f: (c: number, r: number, q: number) => number): Float64Array =>
  Float64Array.from({ length: 3 * plane }, (_, i) => f(Math.floor(i / plane), Math.floor((i % plane) / width), i % width));

describe("R of PIRP", () => {
  const of = (q: number): ((value: Float64Array) => Float64Array) => evaluator((value) => roughness(value, q), [image]);

  it("is 0 for a constant image and sums to 0 over every channel", () => {
    expect(of(0.01)(new Float64Array(3 * plane).fill(0.4))).toEqual(new Float64Array(3 * plane));
    const r = of(0.2)(x);
    for (let c = 0; c < 3; c++) expect(Math.abs(r.slice(c * plane, (c + 1) * plane).reduce((a, b) => a + b, 0))).toBeLessThan(1e-12);
    expect(Math.max(...r.map(Math.abs))).toBeGreaterThan(0.1);
  });

  it("is minus the five-point Laplacian where all weights are 1", () => {
    const laplacian = eachPixel(
      (c, r, q) => at(x, c, r - 1, q) + at(x, c, r + 1, q) + at(x, c, r, q - 1) + at(x, c, r, q + 1) - 4 * at(x, c, r, q),
    );
    expect(
      relativeError(
        of(1e9)(x),
        laplacian.map((value) => -value),
      ),
    ).toBeLessThan(1e-9);
  });

  it.each([false, true])("follows its definition pixel by pixel, red and blue weights exchanged: %s", (swap) => {
    const q2 = 2 * 0.15 ** 2;
    const expected = eachPixel((c, r, q) => {
      const w = (dr: number, dc: number, i: number, j: number): number => {
        const channel = swap ? 2 - c : c;
        const second = 2 * at(x, channel, i, j) - at(x, channel, i - dr, j - dc) - at(x, channel, i + dr, j + dc);
        return Math.exp(-(second ** 2) / q2);
      };
      const along = (dr: number, dc: number): number => {
        const flow = (i: number, j: number): number => w(dr, dc, i, j) * (at(x, c, i, j) - at(x, c, i + dr, j + dc));
        return flow(r, q) - flow(r - dr, q - dc);
      };
      return along(1, 0) + along(0, 1);
    });
    expect(relativeError(evaluator((value) => roughness(value, 0.15, swap), [image])(x), expected)).toBeLessThan(1e-6);
  });

  it("exchanges channels only where there are three", () => {
    expect(() => evaluator((value) => roughness(value, 0.1, true), [{ shape: [1, 1, 4, 4], dtype: "float32" }])).toThrow("three channels");
  });
});

describe("priors of FDGR", () => {
  const potential = { alpha: 0.5, sigmaG: 1.5 };
  const phi = (s: number): number => 1 - Math.exp(-(s ** (potential.alpha / 2)) / (2 * potential.sigmaG ** 2));

  /** Real part of F^-1 (2 pi i u F x) along one axis, by sums over frequencies u = fftfreq. */
  function derivative(data: Float64Array, axis: "height" | "width"): Float64Array {
    const n = axis === "height" ? height : width;
    return eachPixel((c, r, q) => {
      let sum = 0;
      for (let k = 0; k < n; k++) {
        const value = axis === "height" ? at(data, c, k, q) : at(data, c, r, k);
        const distance = (axis === "height" ? r : q) - k;
        for (let m = -Math.floor(n / 2); m < n - Math.floor(n / 2); m++)
          sum -= ((2 * Math.PI * m) / (n * n)) * Math.sin((2 * Math.PI * m * distance) / n) * value;
      }
      return sum;
    });
  }

  const energies: Readonly<Record<string, (data: Float64Array) => number>> = {
    spatial: (data) => {
      const differences = [
        eachPixel((c, r, q) => at(data, c, r, q) - at(data, c, r - 1, q)),
        eachPixel((c, r, q) => at(data, c, r, q) - at(data, c, r, q - 1)),
      ];
      return differences.flatMap((g) => Array.from(g, (value) => phi(value ** 2 + 1e-6))).reduce((a, b) => a + b, 0);
    },
    frequency: (data) => {
      const [gv, gu] = [derivative(data, "height"), derivative(data, "width")];
      return gu.reduce((sum, value, i) => sum + phi(Math.min(100, Math.max(1e-4, value ** 2 + gv[i]! ** 2 + 2e-4))), 0);
    },
  };

  it.each([
    ["spatial", evaluator((value) => spatialGradient(value, potential), [image])],
    ["frequency", evaluator((value) => frequencyGradient(value, potential), [image])],
  ] as const)("%s: is the gradient of its potential", (name, gradient) => {
    const slope = gradient(x);
    const energy = energies[name]!;
    for (let i = 0; i < 3 * plane; i += 11) {
      const moved = (h: number): number => energy(x.map((value, j) => (i === j ? value + h : value)));
      expect(slope[i]).toBeCloseTo((moved(1e-6) - moved(-1e-6)) / 2e-6, 5);
    }
  });

  it.each([7, 8])("differentiates a wave of %d points exactly", (n) => {
    const matrix = derivativeMatrix(n);
    const wave = Array.from({ length: n }, (_, k) => Math.cos((4 * Math.PI * k) / n + 0.3));
    for (let j = 0; j < n; j++) {
      const value = wave.reduce((sum, w, k) => sum + matrix.data[j * n + k]! * w, 0);
      expect(value).toBeCloseTo(((-4 * Math.PI) / n) * Math.sin((4 * Math.PI * j) / n + 0.3), 5);
    }
  });
});
