import { trace } from "@leader/graph";
import { evaluateGraph } from "@leader/graph/reference";
import { describe, expect, it } from "vitest";
import { drawsAfresh, freshShare, noiseWeights } from "./fresh-share.js";

const scalar = { shape: [], dtype: "float32" } as const;

describe("the share of fresh noise", () => {
  it("is what the pipeline states, else what LEADer proposes, else the method's own", () => {
    trace(
      (proposed) => {
        expect(freshShare(0.3, { freshShare: proposed }, 0.5)).toBe(0.3);
        expect(freshShare(0, { freshShare: proposed }, 0.5)).toBe(0);
        expect(freshShare(undefined, { freshShare: proposed }, 0.5)).toBe(proposed);
        expect(freshShare(undefined, {}, 0.5)).toBe(0.5);
        return proposed;
      },
      [scalar],
    );
  });

  it("gives weights whose squares add up to 1, for numbers and for scalars of a step", () => {
    for (const share of [0, 0.09, 0.49, 0.7225, 1]) {
      const { fresh, kept } = noiseWeights(share) as Readonly<Record<"fresh" | "kept", number>>;
      expect(fresh ** 2).toBeCloseTo(share, 12);
      expect(fresh ** 2 + kept ** 2).toBeCloseTo(1, 12);
      const graph = trace(
        (x) => {
          const weights = noiseWeights(x);
          return [x.mul(0).add(weights.fresh), x.mul(0).add(weights.kept)];
        },
        [scalar],
      );
      const traced = evaluateGraph(graph, [{ ...scalar, data: Float64Array.of(share) }]).map(({ data }) => data[0]!);
      expect(traced[0]).toBeCloseTo(fresh, 6);
      expect(traced[1]).toBeCloseTo(kept, 6);
    }
  });

  it.each([
    [0, true, 0.5, false],
    [0.2, false, 0, true],
    [undefined, true, 0, true],
    [undefined, false, 0, false],
    [undefined, false, 0.5, true],
  ])("stated %s, proposed %s, usually %d: draws %s", (stated, proposesFreshShare, usual, draws) => {
    expect(drawsAfresh(stated, { proposesFreshShare }, usual)).toBe(draws);
  });
});
