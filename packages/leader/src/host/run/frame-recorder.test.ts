import type { HostTensor } from "@leader/graph";
import { describe, expect, it } from "vitest";
import { FrameRecorder } from "./frame-recorder.js";

const ramp = (...shape: readonly number[]): HostTensor => ({
  shape,
  dtype: "float32",
  data: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => i),
});

function recorded(steps: number, frames: number): readonly number[] {
  const recorder = new FrameRecorder({ frames });
  for (let step = 0; step < steps; step++) recorder.inspect.see(step, new Map([["prior.x0", ramp(1, 1, 2, 2)]]));
  return recorder.frames().map((frame) => frame.step);
}

describe("the frame recorder", () => {
  it("keeps every step of a short run, and evenly spread ones with both ends of a long one", () => {
    expect(recorded(5, 6)).toEqual([0, 1, 2, 3, 4]);
    expect(recorded(21, 6)).toEqual([0, 8, 16, 20]);
    expect(recorded(33, 12)).toEqual([0, 4, 8, 12, 16, 20, 24, 28, 32]);
    expect(recorded(0, 6)).toEqual([]);
  });

  it("never holds more than it was allowed to", () => {
    for (let steps = 1; steps < 200; steps++) {
      const kept = recorded(steps, 7);
      expect(kept.length).toBeLessThanOrEqual(7);
      expect(kept[0]).toBe(0);
      expect(kept.at(-1)).toBe(steps - 1);
    }
  });

  it("samples pixels for statistics and averages them for display", () => {
    const recorder = new FrameRecorder({ side: 2 });
    recorder.inspect.see(
      0,
      new Map([
        ["prior.x0", ramp(1, 1, 3, 4)],
        ["prior.uncertainty", ramp(1, 1, 3, 4)],
      ]),
    );
    const [frame] = recorder.frames();
    expect(frame!.stride).toBe(2);
    expect(frame!.x0).toMatchObject({ shape: [1, 1, 2, 2], data: Float32Array.of(0, 2, 8, 10) });
    expect(frame!.preview.data).toEqual(Float32Array.of(2.5, 4.5, 8.5, 10.5));
    expect(frame!.variance!.data).toEqual(frame!.x0.data);
  });

  it("takes a variance that is one number for the whole image", () => {
    const recorder = new FrameRecorder({ side: 1 });
    recorder.inspect.see(
      0,
      new Map([
        ["prior.x0", ramp(1, 3, 2, 2)],
        ["prior.uncertainty", ramp(1, 1, 1, 1)],
      ]),
    );
    expect(recorder.frames()[0]!.variance!.shape).toEqual([1, 1, 1, 1]);
  });
});
