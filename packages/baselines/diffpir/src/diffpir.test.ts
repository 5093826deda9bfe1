import { linearBetaSchedule, trace, type StepContext } from "@leader/core";
import { evaluateGraph } from "@leader/graph/reference";
import { constantLevel } from "@leader/core/testing";
import { describe, expect, it } from "vitest";
import { penalty } from "./diffpir.js";

const scalar = { shape: [], dtype: "float32" } as const;

describe("penalty", () => {
  it.each([
    [0.05, 101, 0.149392],
    [0.05, 501, 0.00147629],
    [0, 101, (7 * 1e-6) / 0.342259699 ** 2],
  ])("of lambda 7 and noise %f has its published value at index %i", (noise, index, expected) => {
    const graph = trace(
      (sigmaY) => {
        const at: Pick<StepContext, "sigmaY"> = { sigmaY: sigmaY };
        return penalty(at, constantLevel(sigmaY.trace, linearBetaSchedule(), index), { lambda: 7, smallestNoise: 0.001 });
      },
      [scalar],
    );
    const [rho] = evaluateGraph(graph, [{ ...scalar, data: Float64Array.of(2 * noise) }]);
    expect(rho!.data[0]! / expected).toBeCloseTo(1, 5);
  });
});
