import { trace, type Aval } from "@leader/graph";
import { evaluateGraph } from "@leader/graph/reference";
import { norm, normalArray } from "@leader/graph/testing";
import { describe, expect, it } from "vitest";
import type { StepContext } from "../contract/baseline.js";
import { proximalMap } from "../linear/proximal-map.js";
import { linearBetaSchedule } from "../schedule/noise-schedule.js";
import { constantLevel } from "../testing/constant-level.js";
import { testOperators } from "../testing/test-operators.js";
import { countedSpectrum, drawBeside, gainOf, guidedBy } from "./counted-guidance.js";
import { leastSquaresPull } from "./least-squares-pull.js";

const schedule = linearBetaSchedule();
const image: Aval = { shape: [1, 1, 6, 6], dtype: "float32" };
const operators = testOperators(image);
const operator = operators.blur;
const [x0, z] = [normalArray(image, 1, "x0"), normalArray(image, 3, "z")];

describe("gainOf", () => {
  it.each(Object.entries(operators))("makes one change of basis of both data terms: %s", (_name, operator) => {
    const graph = trace(
      (x, y) => {
        const ctx = { operator, proposesFreshShare: true, denoiser: { schedule } } as StepContext;
        const levels = { from: constantLevel(x.trace, schedule, 301), to: constantLevel(x.trace, schedule, 201) };
        const [weight, eta, length, share] = [0.4, 0.03, 0.2, 0.6].map((value) => x.trace.scalar(value, "float32"));
        const terms = { backProjection: { weight: weight!, eta: eta! }, leastSquares: { length: length!, share: share! } };
        const apart = proximalMap(operator, { iterations: 60 })(x, y, eta!).sub(x).mul(weight!);
        const pull = leastSquaresPull(ctx, { ...levels, y }, x, length!, share!);
        return [guidedBy(ctx, gainOf(ctx, operator.svd!, levels, terms), y, x), x.add(apart).add(pull)];
      },
      [image, operator.range],
    );
    const y = { ...operator.range, data: normalArray(operator.range, 2, "y") };
    const [one, two] = evaluateGraph(graph, [{ ...image, data: x0 }, y]).map(({ data }) => Float64Array.from(data));
    expect(norm(one!.map((value, i) => value - two![i]!)) / norm(two!)).toBeLessThan(1e-5);
  });
});

describe("drawBeside", () => {
  /** Drawn and whitened noise for a spread of 0.5 at level 201, where the data step has the same gain in all components. */
  function drawnWith(gain: number | undefined): readonly [Float64Array, Float64Array] {
    const graph = trace(
      (draw) => {
        const ctx = { sigmaY: draw.trace.scalar(0.1, "float32"), denoiser: { image }, noise: () => draw } as unknown as StepContext;
        const [spread, to] = [draw.trace.scalar(0.5, "float32"), constantLevel(draw.trace, schedule, 201)];
        const counted = gain === undefined ? undefined : { svd: operator.svd!, gain: draw.trace.scalar(gain, "float32") };
        const { drawn, whitened } = drawBeside(ctx, spread, to, counted);
        return [drawn, whitened];
      },
      [gain === undefined ? image : { shape: operator.svd!.shape, dtype: "float32" }],
    );
    const [drawn, whitened] = evaluateGraph(graph, [{ ...graph.params[0]!.aval, data: z }]);
    return [Float64Array.from(drawn!.data), Float64Array.from(whitened!.data)];
  }
  const length = norm(Float64Array.from(z));
  const { alphaBar } = schedule;

  it.each([1, 3])("leaves out what a gain of %d brings of the measurement's noise", (gain) => {
    const left = Math.sqrt(1 - (alphaBar[201]! * (gain * 0.1) ** 2) / 0.25);
    const [drawn, whitened] = drawnWith(gain);
    expect(norm(drawn) / length).toBeCloseTo(left, 5);
    expect(norm(whitened) / length).toBeCloseTo(1 / left, 5);
  });

  it("draws a quarter where the measurement brings all of it, so that there is fresh noise to learn from", () => {
    expect(drawnWith(20).map((noise) => norm(noise) / length)).toEqual([expect.closeTo(0.25, 5), expect.closeTo(4, 4)]);
  });

  it("is the draw itself where nothing is counted", () => {
    for (const noise of drawnWith(undefined)) expect(noise).toEqual(Float64Array.from(z));
  });
});

it("counts for a noisy measurement with a proposed share, and not where the share is stated or the operator has no decomposition", () => {
  const ctx = { proposesFreshShare: true, noiseFree: false, operator };
  expect(countedSpectrum(undefined, ctx)).toBe(operator.svd);
  expect(countedSpectrum(0.5, ctx)).toBeUndefined();
  expect(countedSpectrum(undefined, { ...ctx, proposesFreshShare: false })).toBeUndefined();
  expect(countedSpectrum(undefined, { ...ctx, noiseFree: true })).toBeUndefined();
  const { svd: _, ...without } = operator;
  expect(countedSpectrum(undefined, { ...ctx, operator: without })).toBeUndefined();
});
