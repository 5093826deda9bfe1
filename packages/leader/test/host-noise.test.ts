import { drawNoise, type NoiseRequest } from "@leader/core";
import { afterAll, expect, test, vi } from "vitest";
import { PreparedNoise } from "../src/host/run/prepared-noise.js";

// The worker is a built file: a thread cannot be started from the source.
const noise = new PreparedNoise(0);
afterAll(() => {
  noise[Symbol.dispose]();
});

const request = (step: number, input = "noise:z", size = 64): NoiseRequest => ({
  seed: 7,
  firstImage: 3,
  batch: 1,
  step,
  input,
  shape: [1, 3, size, size],
});
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

test("prepared draws are the draws, bit for bit", async () => {
  for (let step = 0; noise.prepared < 4; step++) {
    const requests = [request(step), request(step, "signs:probe", 16)];
    noise.prefetch(requests);
    await pause(20);
    for (const r of requests) expect(noise.draw(r)).toEqual(drawNoise(r));
    expect(step).toBeLessThan(500);
  }
});

test("draws that were not announced, or not begun, are made at once", () => {
  expect(noise.draw(request(1000))).toEqual(drawNoise(request(1000)));
  noise.prefetch([request(1001), request(1002)]);
  noise.prefetch([request(1003)]);
  for (const step of [1001, 1002, 1003]) expect(noise.draw(request(step))).toEqual(drawNoise(request(step)));
});

test("blocks of draws that were not waited for, or not fetched, are used again", async () => {
  let made = 0;
  class Counted extends SharedArrayBuffer {
    constructor(bytes: number) {
      super(bytes);
      made++;
    }
  }
  vi.stubGlobal("SharedArrayBuffer", Counted);
  try {
    for (let step = 2000; step < 2040; step++) {
      noise.prefetch([request(step, "noise:z", 48), request(step, "noise:w", 48)]);
      // At once, before the thread has seen what it was asked.
      expect(noise.draw(request(step, "noise:z", 48))).toEqual(drawNoise(request(step, "noise:z", 48)));
      await pause(10);
    }
  } finally {
    vi.unstubAllGlobals();
  }
  expect(made).toBeGreaterThan(0);
  expect(made).toBeLessThan(20);
});

test("no thread starts before draws have taken as long as its start, and one does then", async () => {
  const draw = async (from: PreparedNoise, step: number): Promise<void> => {
    from.prefetch([request(step, "noise:z", 256)]);
    await pause(5);
    from.draw(request(step, "noise:z", 256));
  };
  using never = new PreparedNoise(Infinity);
  using usual = new PreparedNoise();
  for (let step = 0; usual.prepared === 0; step++) {
    await draw(never, step);
    await draw(usual, step);
    expect(step).toBeLessThan(1000);
  }
  expect(never.prepared).toBe(0);
});
