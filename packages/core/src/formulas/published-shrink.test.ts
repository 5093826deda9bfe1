import { trace } from "@leader/graph";
import { evaluateGraph } from "@leader/graph/reference";
import { describe, expect, it } from "vitest";
import { linearBetaSchedule } from "../schedule/noise-schedule.js";
import { constantLevel } from "../testing/constant-level.js";
import { publishedShrink } from "./published-shrink.js";

const schedule = linearBetaSchedule();
const noise = (index: number): number => 1 - schedule.alphaBar[index]!;

function shrink(from: number, to: number, proposesFreshShare: boolean): number {
  const graph = trace(
    (x) => {
      const ctx = { proposesFreshShare, denoiser: { schedule } } as Parameters<typeof publishedShrink>[0];
      return publishedShrink(ctx, constantLevel(x.trace, schedule, from), constantLevel(x.trace, schedule, to)).add(x);
    },
    [{ shape: [], dtype: "float32" }],
  );
  return evaluateGraph(graph, [{ shape: [], dtype: "float32", data: Float64Array.of(0) }])[0]!.data[0]!;
}

describe("publishedShrink", () => {
  it.each([
    [991, 981],
    [501, 301],
    [101, 1],
    [11, 0],
  ])("is that of the step itself without LEADer: %i to %i", (from, to) => {
    expect(shrink(from, to, false) / (noise(to) / noise(from) || 1)).toBeCloseTo(to === 0 ? 0 : 1, 5);
  });

  it.each([
    [501, 301, 491],
    [101, 31, 91],
    [31, 0, 21],
    [11, 0, 1],
  ])("is that of a step of the published grid where LEADer skips: %i to %i as to %i", (from, to, next) => {
    expect(shrink(from, to, true)).toBeCloseTo(noise(next) / noise(from), 5);
  });

  it("stays that of the step itself on finer grids than the published one", () => {
    expect(shrink(501, 499, true)).toBeCloseTo(noise(499) / noise(501), 5);
  });
});
