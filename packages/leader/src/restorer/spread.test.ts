import type { HostTensor } from "@leader/graph";
import { describe, expect, it } from "vitest";
import { SpreadMeter } from "./spread.js";

const tensor = (values: readonly number[], shape: readonly number[] = [1, 1, 1, values.length]): HostTensor => ({
  shape,
  dtype: "float32",
  data: Float32Array.from(values),
});
const spreadOf = (samples: readonly HostTensor[]): ReturnType<SpreadMeter["finish"]> => {
  const meter = new SpreadMeter();
  for (const sample of samples) meter.add(sample);
  return meter.finish();
};

describe("the spread of samples", () => {
  it("is their mean and their standard deviation, with n - 1", () => {
    const { samples, mean, deviation } = spreadOf([tensor([1, -0.5, 0]), tensor([2, -0.5, 3]), tensor([6, -0.5, 0])]);
    expect(samples).toBe(3);
    expect([...mean.data]).toEqual([3, -0.5, 1]);
    // (4 + 1 + 9) / 2 and (1 + 4 + 1) / 2
    expect([...deviation.data]).toEqual([Math.sqrt(7), 0, Math.sqrt(3)].map(Math.fround));
    expect(mean.shape).toEqual([1, 1, 1, 3]);
  });

  it("says what it takes: two sums in double precision, and the arrays that they become", () => {
    const { mean, deviation } = spreadOf([tensor([1, 2, 3, 4]), tensor([0, 2, 5, 3])]);
    const sums = 2 * 4 * Float64Array.BYTES_PER_ELEMENT;
    expect(SpreadMeter.bytesFor([1, 1, 2, 2])).toBe(sums + mean.data.byteLength + deviation.data.byteLength);
  });

  it("lets its sums go with the spread, so that they are not there while pictures of it are written", () => {
    const meter = new SpreadMeter();
    const take = (...values: readonly number[]): void => values.forEach((value) => meter.add(tensor([value, value, value, value])));
    take(1, 3);
    expect(meter.finish().mean.data[0]).toBe(2);
    expect(() => meter.finish()).toThrow(expect.objectContaining({ code: "LEADER_SAMPLES_FEW" }));
    take(5, 6, 7);
    const second = meter.finish();
    expect([second.samples, second.mean.data[0], second.deviation.data[0]]).toEqual([3, 6, 1]);
  });

  it("keeps a small deviation beside a large mean", () => {
    const around = Array.from({ length: 9 }, (_, k) => tensor([1000 + (k % 3) / 1024]));
    const { deviation } = spreadOf(around);
    expect(deviation.data[0]).toBeCloseTo(Math.sqrt(6 / 8) / 1024, 9);
  });

  it("refuses one sample, and samples of two shapes", () => {
    expect(() => spreadOf([tensor([1])])).toThrow(expect.objectContaining({ code: "LEADER_SAMPLES_FEW" }));
    expect(() => spreadOf([tensor([1, 2]), tensor([1, 2], [1, 2, 1, 1])])).toThrow(
      expect.objectContaining({ code: "LEADER_SAMPLES_UNLIKE" }),
    );
  });
});
