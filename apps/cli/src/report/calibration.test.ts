import { normals, type HostTensor } from "@leader/graph";
import { describe, expect, it } from "vitest";
import { calibrate, reliabilityBins, squaredErrorMap, varianceMap } from "./calibration.js";
import { spearman } from "./rank-correlation.js";

const tensor = (shape: readonly number[], value: (i: number) => number): HostTensor => ({
  shape,
  dtype: "float32",
  data: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => value(i)),
});
const floats = (...values: readonly number[]): Float64Array => Float64Array.from(values);

describe("rank correlation", () => {
  it("is 1 for any increasing relation and -1 for any decreasing one", () => {
    expect(spearman(floats(1, 2, 3, 4), floats(-5, 0, 1, 1000))).toBeCloseTo(1, 12);
    expect(spearman(floats(1, 2, 3, 4), floats(9, 3, 2, -7))).toBeCloseTo(-1, 12);
  });

  it("gives ties their mean rank", () => {
    // Ranks 0, 1.5, 1.5, 3 and 0, 2, 1, 3: covariance 4.5, variances 4.5 and 5.
    expect(spearman(floats(1, 2, 2, 3), floats(1, 3, 2, 4))).toBeCloseTo(4.5 / Math.sqrt(4.5 * 5), 12);
  });

  it("is undefined where there is nothing to rank", () => {
    expect(spearman(floats(1, 1, 1), floats(1, 2, 3))).toBeUndefined();
    expect(spearman(floats(1), floats(2))).toBeUndefined();
  });
});

describe("calibration", () => {
  const side = 64;
  const deviation = (i: number): number => 0.05 + (0.5 * (i % side)) / side;
  const noise = normals({ seed: 3, image: 0, step: 0, name: "calibration" }, 3 * side * side);
  const reference = tensor([1, 3, side, side], () => 0.2);
  const x0 = tensor([1, 3, side, side], (i) => 0.2 + deviation(i % (side * side)) * noise[i]!);
  const variance = tensor([1, 1, side, side], (i) => deviation(i) ** 2);
  const frame = { step: 0, stride: 1, preview: x0, x0, variance };

  it("finds a right prediction right, in every bin", () => {
    const result = calibrate(varianceMap(frame)!, squaredErrorMap(frame, reference));
    expect(result.meanActual / result.meanPredicted).toBeCloseTo(1, 1);
    expect(result.bins).toHaveLength(16);
    for (const { predicted, actual, quartiles } of result.bins) {
      expect(actual / predicted).toBeGreaterThan(0.8);
      expect(actual / predicted).toBeLessThan(1.2);
      expect(quartiles[0]).toBeLessThan(quartiles[1]);
    }
    // Single errors are random; block means show the order almost perfectly.
    expect(result.byPixel).toBeGreaterThan(0.5);
    expect(result.byBlock).toBeGreaterThan(0.95);
  });

  it("finds a prediction that is four times too small, and one that says nothing", () => {
    const small = { ...frame, variance: tensor([1, 1, side, side], (i) => deviation(i) ** 2 / 4) };
    const result = calibrate(varianceMap(small)!, squaredErrorMap(small, reference));
    expect(result.meanActual / result.meanPredicted).toBeCloseTo(4, 0);
    const constant = { ...frame, variance: tensor([1, 1, 1, 1], () => 0.1) };
    const nothing = calibrate(varianceMap(constant)!, squaredErrorMap(constant, reference));
    expect(nothing.byPixel).toBeUndefined();
    expect(nothing.bins).toHaveLength(1);
    expect(nothing.bins[0]!.pixels).toBe(side * side);
  });

  it("compares thinned-out pixels with the same pixels of the reference", () => {
    const full = tensor([1, 1, 4, 4], (i) => i);
    const kept = tensor([1, 1, 2, 2], (i) => [0, 2, 8, 10][i]! + i);
    const map = squaredErrorMap({ step: 0, stride: 2, preview: kept, x0: kept }, full);
    expect([...map.values]).toEqual([0, 1, 4, 9]);
  });

  it("keeps equal predictions in one bin", () => {
    const bins = reliabilityBins(
      Float64Array.from({ length: 100 }, (_, i) => (i < 50 ? 1 : i)),
      new Float64Array(100).fill(1),
    );
    expect(bins[0]).toMatchObject({ predicted: 1, pixels: 50 });
    expect(bins.reduce((sum, { pixels }) => sum + pixels, 0)).toBe(100);
  });
});
