import type { Aval } from "@leader/core";
import { evaluator } from "@leader/core/testing";
import { describe, expect, it } from "vitest";
import { lineThrough } from "./line.js";

const [height, width] = [5, 7];
const size = height * width;
const type = (batch: number): Aval => ({ shape: [batch, 1, height, width], dtype: "float32" });
const run = (values: Float64Array, feature: Float64Array): number[] => {
  const batch = values.length / size;
  return [...evaluator((r, f) => lineThrough({ ofPicture: (_name, own) => own }, r, f), [type(batch), type(batch)])(values, feature)];
};
const values = (of: (i: number) => number): Float64Array => Float64Array.from({ length: size }, (_, i) => of(i));
const meanOf = (x: ArrayLike<number>): number => Array.from(x).reduce((a, b) => a + b, 0) / x.length;

const feature = values((i) => 1 + ((i * 37) % 11) / 4);
/** What has no mean and nothing of the feature in it. */
const noise = (() => {
  const raw = values((i) => Math.sin(i * i));
  const mean = meanOf(feature);
  const slope = meanOf(raw.map((value, i) => value * (feature[i]! - mean))) / meanOf(feature.map((f) => (f - mean) ** 2));
  const level = meanOf(raw);
  return raw.map((value, i) => value - level - slope * (feature[i]! - mean));
})();

describe("lineThrough", () => {
  it("finds the line below noise", () => {
    const line = feature.map((f) => 0.3 + 0.2 * f);
    run(
      line.map((value, i) => value + noise[i]!),
      feature,
    ).forEach((value, i) => expect(value).toBeCloseTo(line[i]!, 5));
  });

  it("is the mean where the values fall with the feature", () => {
    run(
      feature.map((f) => 9 - f),
      feature,
    ).forEach((value) => expect(value).toBeCloseTo(9 - meanOf(feature), 5));
  });

  it("is proportional to the feature, with the mean of the values, where the intercept would be negative", () => {
    const scale = meanOf(feature.map((f) => 2 * f - 1)) / meanOf(feature);
    const line = run(
      feature.map((f) => 2 * f - 1),
      feature,
    );
    line.forEach((value, i) => expect(value).toBeCloseTo(scale * feature[i]!, 5));
  });

  it("is constant where the feature is, and where the mean is negative", () => {
    run(
      noise.map((value) => value + 1),
      feature.map(() => 0),
    ).forEach((value) => expect(value).toBeCloseTo(1, 5));
    run(
      feature.map((f) => f - 9),
      feature,
    ).forEach((value) => expect(value).toBeCloseTo(meanOf(feature) - 9, 5));
  });

  it("sees each image of a batch by itself", () => {
    const [first, second] = [feature.map((f) => 0.3 + 0.2 * f), feature.map((f) => 9 - f)];
    const both = run(Float64Array.from([...first, ...second]), Float64Array.from([...feature, ...feature]));
    expect(both).toEqual([...run(first, feature), ...run(second, feature)]);
  });
});
