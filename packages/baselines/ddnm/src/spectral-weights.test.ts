import { linearBetaSchedule, trace, type HostTensor } from "@leader/core";
import { evaluateGraph } from "@leader/graph/reference";
import { constantLevel } from "@leader/core/testing";
import { describe, expect, it } from "vitest";
import { spectralWeights } from "./spectral-weights.js";

const schedule = linearBetaSchedule();
const vector = (...values: number[]): HostTensor => ({ shape: [values.length], dtype: "float32", data: Float32Array.from(values) });

/** lambda, d1 and d2 at a schedule index. */
function weights(s: HostTensor, sigmaY: number, index: number, eta: number, proposed = false): readonly (readonly number[])[] {
  const graph = trace(
    (sigma) => {
      const to = constantLevel(sigma.trace, schedule, index);
      const w = spectralWeights(s, sigma, { from: to, to }, { fresh: eta, kept: Math.sqrt(1 - eta * eta) }, proposed);
      return [w.lambda, w.d1, w.d2].map((value) => value.expand(s.shape));
    },
    [{ shape: [], dtype: "float32" }],
  );
  return evaluateGraph(graph, [{ shape: [], dtype: "float32", data: Float64Array.of(sigmaY) }]).map((value) => Array.from(value.data));
}

describe("spectralWeights", () => {
  it("gives the worked values of a step to timestep 90 at sigma_y 0.1", () => {
    const [lambda, d1, d2] = weights(vector(1, 0.5, 0.25, 0), 0.1, 91, 0.85);
    const expected = [
      [1, 1, 0.405856, 1],
      [0.278573, 0.224065, 0.250333, 0.250333],
      [0, 0, 0, 0.155142],
    ];
    for (const [row, values] of [lambda!, d1!, d2!].entries())
      values.forEach((value, i) => expect(value).toBeCloseTo(expected[row]![i]!, 5));
  });

  it("keeps the noise of the level: (sqrt(a') lambda sigma_y / s)^2 + d1^2 = 1 - a' where s > 0, and d1^2 + d2^2 where s = 0", () => {
    const s = vector(1, 0.7, 0.3, 0.05, 0.001, 0);
    for (const eta of [0, 0.3, 0.85, 1]) {
      for (const index of [1, 11, 91, 501, 991]) {
        const [lambda, d1, d2] = weights(s, 0.1, index, eta);
        const a = schedule.alphaBar[index]!;
        s.data.forEach((value, i) => {
          const carried = value === 0 ? d2![i]! ** 2 : (a * lambda![i]! ** 2 * 0.1 ** 2) / value ** 2;
          expect(carried + d1![i]! ** 2).toBeCloseTo(1 - a, 6);
        });
      }
    }
  });

  it("leaves the measurement alone at the clean level, and is finite there and without noise", () => {
    const s = vector(1, 0.2, 0);
    expect(weights(s, 0.1, 0, 0.85)).toEqual([
      [0, 0, 1],
      [0, 0, 0],
      [0, 0, 0],
    ]);
    for (const values of weights(s, 0, 91, 0.85)) expect(values.every(Number.isFinite)).toBe(true);
    expect(weights(s, 0, 91, 0.85)[0]).toEqual([1, 1, 1]);
  });

  it("of what LEADer proposes, draws at most half afresh where the measurement is noisier than the level, and keeps the noise of the level", () => {
    const s = vector(0.05, 0);
    const variance = 1 - schedule.alphaBar[91]!;
    for (const [share, drawn] of [
      [0.3, 0.3],
      [0.5, 0.5],
      [0.8, 0.5],
      [1, 0.5],
    ] as const) {
      const [lambda, d1] = weights(s, 0.1, 91, Math.sqrt(share), true);
      expect(d1![0]! ** 2 / variance).toBeCloseTo(drawn, 5);
      expect((schedule.alphaBar[91]! * (lambda![0]! * 2) ** 2) / variance).toBeCloseTo(1 - drawn, 5);
      expect(d1![1]! ** 2 / variance).toBeCloseTo(share, 5);
      expect(weights(s, 0.1, 91, Math.sqrt(share))[1]![0]! ** 2 / variance).toBeCloseTo(share, 5);
    }
  });
});
