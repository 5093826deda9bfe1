import { trace, type Tensor } from "@leader/graph";
import { evaluateGraph } from "@leader/graph/reference";
import { describe, expect, it } from "vitest";
import { linearBetaSchedule } from "../schedule/noise-schedule.js";
import { constantLevel } from "../testing/constant-level.js";
import { keptBesideMeasurement, keptOfMeasurement } from "./kept-beside-measurement.js";
import { noiseWeights } from "./fresh-share.js";
import { remainingSpread } from "./remaining-spread.js";

const schedule = linearBetaSchedule();
const scalar = { shape: [], dtype: "float32" } as const;

/** [fresh, predicted, spread, noise of the measurement in the state, rho] for a step. */
function split(noise: number, from: number, to: number, share: number): readonly number[] {
  const graph = trace(
    (perImage: Tensor) => {
      const levels = { from: constantLevel(perImage.trace, schedule, from), to: constantLevel(perImage.trace, schedule, to) };
      const carried = levels.to.sqrtAlphaBar.mul(perImage);
      const spread = remainingSpread(levels.to.sqrtOneMinusAlphaBar, carried);
      const { fresh, predicted } = keptBesideMeasurement(spread, perImage, levels, noiseWeights(share));
      return [fresh, predicted, spread, carried, levels.from.sqrtAlphaBar.mul(perImage).div(levels.from.sqrtOneMinusAlphaBar)];
    },
    [scalar],
  );
  return evaluateGraph(graph, [{ ...scalar, data: Float64Array.of(noise) }]).map(({ data }) => data[0]!);
}

describe("keptBesideMeasurement", () => {
  it("leaves a component the noise of its level, counting what both noises hold of the measurement's", () => {
    for (const noise of [0.02, 0.1, 0.3]) {
      for (const share of [0.04, 0.3, 0.9]) {
        const [fresh, predicted, spread, carried, rho] = split(noise, 401, 301, share);
        expect(spread!).toBeGreaterThan(0.1);
        expect(predicted!).toBeGreaterThan(0);
        expect(fresh! ** 2 + predicted! ** 2 + 2 * carried! * rho! * predicted!).toBeCloseTo(spread! ** 2, 6);
        expect(fresh! ** 2).toBeCloseTo(share * spread! ** 2, 6);
      }
    }
  });

  it("is the split of any other noise where the measurement has none", () => {
    const [fresh, predicted, spread] = split(0, 401, 301, 0.36);
    expect(fresh!).toBeCloseTo(0.6 * spread!, 6);
    expect(predicted!).toBeCloseTo(0.8 * spread!, 6);
  });

  it("keeps nothing where all noise is drawn afresh, and is finite where there is none", () => {
    const [fresh, predicted, spread] = split(0.1, 401, 301, 1);
    expect([fresh, predicted]).toEqual([spread, 0]);
    expect(split(0, 1, 0, 0.5).slice(0, 2)).toEqual([0, 0]);
  });
});

describe("keptOfMeasurement", () => {
  it.each([
    [0.3, 0.3],
    [0.5, 0.5],
    [0.8, 0.5],
    [1, 0.5],
  ])("of a share of %d draws %d afresh, and keeps the rest", (share, drawn) => {
    const graph = trace(
      (spread: Tensor) => {
        const { fresh, kept } = keptOfMeasurement(spread, noiseWeights(spread.mul(0).add(share)));
        return [fresh, kept];
      },
      [scalar],
    );
    const [fresh, kept] = evaluateGraph(graph, [{ ...scalar, data: Float64Array.of(0.4) }]).map(({ data }) => data[0]!);
    expect(fresh!).toBeCloseTo(0.4 * Math.sqrt(drawn), 6);
    expect(kept!).toBeCloseTo(0.4 * Math.sqrt(1 - drawn), 6);
  });
});
