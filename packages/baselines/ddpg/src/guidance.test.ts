import { linearBetaSchedule, trace } from "@leader/core";
import { evaluateGraph } from "@leader/graph/reference";
import { constantLevel } from "@leader/core/testing";
import { describe, expect, it } from "vitest";
import { leastSquaresShare } from "./guidance.js";

const scalar = { shape: [], dtype: "float32" } as const;

/** delta of a step to a schedule index. */
function share(index: number, gamma: number): number {
  const graph = trace((x) => leastSquaresShare(constantLevel(x.trace, linearBetaSchedule(), index), gamma).add(x), [scalar]);
  return evaluateGraph(graph, [{ ...scalar, data: Float64Array.of(0) }])[0]!.data[0]!;
}

describe("leastSquaresShare", () => {
  it.each([
    [491, 0],
    [291, 0.001],
    [191, 0.047],
    [91, 0.484],
    [41, 0.849],
    [11, 0.983],
  ])("of gamma 8, of a step to index %i is about %f", (index, expected) => expect(share(index, 8)).toBeCloseTo(expected, 3));
  it("is 0.483919 in the worked step to timestep 90, 1 at the clean level, and 0 without a fuss for a large gamma", () => {
    expect(share(91, 8)).toBeCloseTo(0.483919, 5);
    expect(share(0, 300)).toBe(1);
    expect(share(1000, 300)).toBe(0);
  });
});
