import { linearBetaSchedule, trace, type HostTensor } from "@leader/core";
import { evaluateGraph } from "@leader/graph/reference";
import { constantLevel } from "@leader/core/testing";
import { describe, expect, it } from "vitest";
import { initialWeights, spectralWeights } from "./spectral-weights.js";

const schedule = linearBetaSchedule();
const s: HostTensor = { shape: [4], dtype: "float32", data: Float32Array.of(1, 0.5, 1e-4, 0) };
const shares = { fresh: 0.85, kept: Math.sqrt(1 - 0.85 ** 2), etaB: 1, keepsMeasured: false };

/** Weights at a schedule index, divided by sqrt(a') as the paper's variance-exploding variables want them. */
function weights(sigmaY: number, index: number, noises = shares): Readonly<Record<string, readonly number[]>> {
  const names = ["correction", "measured", "predicted", "fresh"] as const;
  const graph = trace(
    (sigma) => {
      const to = constantLevel(sigma.trace, schedule, index);
      const w = spectralWeights(s, sigma, { from: to, to }, noises);
      const first = initialWeights(s, sigma, to);
      return [...names.map((name) => w[name].expand([4])), first.measurement, first.fresh];
    },
    [{ shape: [], dtype: "float32" }],
  );
  const al = Math.sqrt(schedule.alphaBar[index]!);
  const values = evaluateGraph(graph, [{ shape: [], dtype: "float32", data: Float64Array.of(sigmaY) }]);
  return Object.fromEntries(
    [...names, "measurement", "initial"].map((name, i) => [name, Array.from(values[i]!.data, (value) => value / al)]),
  );
}

const close = (received: readonly number[] | undefined, expected: readonly number[]): void =>
  expected.forEach((value, i) => expect(received![i]).toBeCloseTo(value, 6));

describe("spectralWeights", () => {
  it("gives the worked values of a step to timestep 50 at sigma_y 0.1", () => {
    const w = weights(0.1, 51);
    // Residuals of measured components count as (U^T y - s V^T x0) / sigma_y.
    close(w["fresh"], [0.144842642, 0.149608188, 0.149608188, 0.149608188]);
    close(w["correction"], [1, 0, 0, 0]);
    close(w["measured"], [0, 0.92718827, 0.92718827, 0]);
    close(w["predicted"], [0, 0, 0, 0.092718827]);
  });

  it("adds up to the noise of the level in every component", () => {
    for (const sigmaY of [0.01, 0.1, 1]) {
      for (const index of [1, 51, 501, 1000]) {
        const w = weights(sigmaY, index);
        const level = (1 - schedule.alphaBar[index]!) / schedule.alphaBar[index]!;
        s.data.forEach((_, i) => {
          const noise = w["fresh"]![i]! ** 2 + w["predicted"]![i]! ** 2 + (sigmaY * (w["correction"]![i]! + w["measured"]![i]!)) ** 2;
          expect(noise / level).toBeCloseTo(1, 5);
          expect((w["initial"]![i]! ** 2 + (sigmaY * w["measurement"]![i]!) ** 2) / level).toBeCloseTo(1, 5);
        });
      }
    }
  });

  it("leaves x0 alone at the clean level, with and without noise", () => {
    for (const sigmaY of [0, 0.1]) {
      const { correction, measured, predicted, fresh } = weights(sigmaY, 0);
      for (const values of [correction, measured, predicted, fresh]) expect(values!.every((value) => value === 0)).toBe(true);
    }
  });

  it("of what LEADer proposes, draws at most half afresh where the measurement is noisier than the level, and keeps the noise of the level", () => {
    const level = (1 - schedule.alphaBar[51]!) / schedule.alphaBar[51]!;
    for (const [share, drawn] of [
      [0.3, 0.3],
      [0.8, 0.5],
      [1, 0.5],
    ] as const) {
      const proposed = { fresh: Math.sqrt(share), kept: Math.sqrt(1 - share), etaB: 1 };
      const { fresh, measured, predicted } = weights(0.1, 51, { ...proposed, keepsMeasured: true });
      expect(fresh![1]! ** 2 / level).toBeCloseTo(drawn, 5);
      expect((0.1 * measured![1]!) ** 2 / level).toBeCloseTo(1 - drawn, 5);
      expect(fresh![3]! ** 2 / level).toBeCloseTo(share, 5);
      expect(predicted![3]! ** 2 / level).toBeCloseTo(1 - share, 5);
      expect(weights(0.1, 51, { ...proposed, keepsMeasured: false })["fresh"]![1]! ** 2 / level).toBeCloseTo(share, 5);
    }
  });
});
