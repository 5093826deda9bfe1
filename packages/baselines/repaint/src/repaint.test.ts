import {
  expectSteinLemma,
  gaussianOracle,
  maskOperator,
  noiseVariances,
  poolingOperator,
  relativeError,
  steinAgainstExact,
  walkOracle,
  withLearnedVariance,
} from "@leader/core/testing";
import { describe, expect, it } from "vitest";
import { restated } from "../test/restated.js";
import { repaint } from "./repaint.js";

const shape = [1, 2, 8, 8];
const oracle = withLearnedVariance(gaussianOracle({ shape, seed: 2, correlation: 0 }));
const known = Float64Array.from({ length: 128 }, (_, i) => (i % 3 === 1 ? 0 : 1));
const y = Float64Array.from(oracle.sample(4).data, (value, i) => value * known[i]!);
/** With skips and two journeys back. */
const walk = [951, 700, 500, 700, 500, 280, 120, 300, 60, 0];

describe("repaint", () => {
  it.each([
    { variance: "posterior", clip: true, pasteKnown: true },
    { variance: "posterior", clip: false, pasteKnown: false },
    { variance: "upper", clip: false, pasteKnown: true },
    { variance: "learned", clip: true, pasteKnown: false },
  ] as const)("follows Algorithm 1 pixel by pixel, with time travel: %j", async (options) => {
    const { x } = await walkOracle({ baseline: repaint(options), oracle, levels: walk, operator: maskOperator(oracle.image), y });
    expect(relativeError(x, restated(options, known, { oracle, y, levels: walk }))).toBeLessThan(1e-4);
  });

  const batch = [48, 1, 8, 8];
  const options = { variance: "posterior", clip: false, pasteKnown: true } as const;

  it.each(["mask", "pooling"] as const)("keeps the noise of a state at unit variance after any skip or journey: %s", async (kind) => {
    const known = gaussianOracle({ shape: batch, seed: 2, correlation: 0, deviation: [1e-5, 1e-5] });
    const operator = kind === "mask" ? maskOperator(known.image) : poolingOperator(known.image);
    const { mean: image } = known;
    const clean = Float64Array.from({ length: 48 * 64 }, (_, i) => image[i % 64]!);
    const measured = kind === "mask" ? clean.map((value, i) => ((i % 64) % 3 === 1 ? 0 : value)) : pooled(clean);
    const levels = [991, 900, 500, 450, 200, 500, 150, 60, 0];
    const result = await walkOracle({ baseline: repaint(options), oracle: known, levels, operator, y: measured });
    for (const variance of noiseVariances(result, known, levels)) expect(Math.abs(variance - 1)).toBeLessThan(0.1);
  });

  it.each(["posterior", "learned"] as const)(
    "reports its shaped noise, by Stein's lemma after skips and time travel: %s",
    async (variance) => {
      const prior = withLearnedVariance(gaussianOracle({ shape: batch, seed: 2, correlation: 0 }));
      const measured = Float64Array.from(prior.sample(9).data, (value, i) => ((i % 64) % 3 === 1 ? 0 : value));
      const seen = await walkOracle({
        baseline: repaint({ ...options, variance }),
        oracle: prior,
        levels: [991, 700, 400, 250, 450, 200, 170, 80, 100, 70, 0],
        operator: maskOperator(prior.image),
        y: measured,
        uncertainty: steinAgainstExact,
      });
      expectSteinLemma(seen);
    },
  );
});

/** Means of 2 x 2 blocks of 8 x 8 pictures. */
function pooled(x: Float64Array): Float64Array {
  return Float64Array.from({ length: x.length / 4 }, (_, k) => {
    const [picture, row, column] = [Math.floor(k / 16), Math.floor((k % 16) / 4), k % 4];
    const at = (dr: number, dc: number): number => x[picture * 64 + (2 * row + dr) * 8 + 2 * column + dc]!;
    return (at(0, 0) + at(0, 1) + at(1, 0) + at(1, 1)) / 4;
  });
}
