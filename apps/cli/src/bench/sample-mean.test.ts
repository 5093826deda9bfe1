import type { HostTensor } from "@leader/graph";
import type { RestoreResult } from "leader-restore";
import { expect, it } from "vitest";
import { numberOfSample, SampleMean } from "./sample-mean.js";

const tensor = (...values: readonly number[]): HostTensor => ({
  shape: [1, 1, 1, values.length],
  dtype: "float32",
  data: Float32Array.from(values),
});

const result = (image: HostTensor, more: Partial<RestoreResult> = {}): RestoreResult =>
  ({
    image,
    outcome: "completed",
    reason: "",
    evaluations: 5,
    seconds: { load: 1, compile: 2, sampling: 4, network: 3, update: 1 },
    peakMemoryMiB: 100,
    ...more,
  }) as RestoreResult;

it("is the mean of the samples, with their variance as its only prediction and all their cost", () => {
  const mean = new SampleMean();
  mean.add(result(tensor(1, -1), { peakMemoryMiB: 120 }));
  mean.add(result(tensor(2, -1), { evaluations: 6, seconds: { load: 0, compile: 0, sampling: 5, network: 4, update: 1 } }));
  mean.add(result(tensor(6, -1)));
  const { image, frames, evaluations, seconds, peakMemoryMiB, outcome } = mean.finish();
  expect([...image.data]).toEqual([3, -1]);
  expect(frames).toHaveLength(1);
  expect(frames![0]!.x0).toBe(image);
  expect(frames![0]!.variance!.data[0]).toBeCloseTo(7, 5);
  expect(frames![0]!.variance!.data[1]).toBe(0);
  expect({ evaluations, seconds, peakMemoryMiB, outcome }).toEqual({
    evaluations: 16,
    seconds: { load: 2, compile: 4, sampling: 13, network: 10, update: 3 },
    peakMemoryMiB: 120,
    outcome: "completed",
  });
});

it("says that one of the samples was stopped", () => {
  const mean = new SampleMean();
  mean.add(result(tensor(1)));
  mean.add(result(tensor(2), { outcome: "stopped", reason: "time" }));
  mean.add(result(tensor(3)));
  expect(mean.finish()).toMatchObject({ outcome: "stopped", reason: "time" });
});

it("draws the first sample as a single restoration would be, and no two alike", () => {
  expect(numberOfSample(7, 0)).toBe(7);
  const numbers = [0, 1, 4000].flatMap((number) => Array.from({ length: 64 }, (_, k) => numberOfSample(number, k)));
  expect(new Set(numbers).size).toBe(numbers.length);
});
