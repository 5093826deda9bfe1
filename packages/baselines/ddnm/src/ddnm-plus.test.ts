import {
  compileSampler,
  runSampler,
  toEngineNoise,
  traceSampler,
  unitRangeNoise,
  type LinearOperator,
  type UpdateRule,
} from "@leader/core";
import { referenceBackend } from "@leader/graph/reference";
import { gaussianOracle, maskOperator, norm, poolingOperator, walkScheduler } from "@leader/core/testing";
import { describe, expect, it } from "vitest";
import { ddnm } from "./ddnm.js";
import { ddnmPlusSimplified } from "./ddnm-plus-simplified.js";
import { ddnmPlus } from "./ddnm-plus.js";

const oracle = gaussianOracle({ shape: [1, 1, 6, 6], seed: 1 });
const common = { eta: 0.85, travelFrom: "x0" } as const;
const plus = (legacyNoNoiseRotation = false): UpdateRule => ddnmPlus({ ...common, legacyNoNoiseRotation });
const simplified = (legacyNoiseDamping = false): UpdateRule => ddnmPlusSimplified({ ...common, legacyNoiseDamping });

interface Run {
  readonly baseline: UpdateRule;
  readonly operator?: LinearOperator;
  readonly noise?: number;
  readonly levels?: readonly number[];
}

/** The result of a run, and its states. */
async function run({ baseline, operator = poolingOperator(oracle.image), noise = 0, levels = [801, 501, 201, 91, 0] }: Run) {
  const states: Float64Array[] = [];
  const scheduler = walkScheduler(levels);
  const graphs = traceSampler({ operator, baseline, scheduler, denoiser: oracle.denoiser, noiseFree: noise === 0 });
  await using sampler = await compileSampler(graphs, referenceBackend());
  const y = { ...operator.range, data: new Float32Array(operator.range.shape.reduce((a, b) => a * b, 1)).fill(0.3) };
  const see = (_step: number, values: ReadonlyMap<string, { readonly data: ArrayLike<number> }>): void => {
    states.push(Float64Array.from(values.get("x")!.data), Float64Array.from(values.get("prior.x0")!.data));
  };
  const result = await runSampler(sampler, {
    schedule: oracle.schedule,
    scheduler,
    y,
    sigmaY: toEngineNoise(unitRangeNoise(noise)),
    seed: 1,
    inspect: { names: ["x", "prior.x0"], see },
  });
  return { x: Float64Array.from(result.x.data), states };
}
const distance = (a: Float64Array, b: Float64Array): number => norm(a.map((value, i) => value - b[i]!));

describe("DDNM+", () => {
  it("is DDNM to the last bit without measurement noise", async () => {
    const { x } = await run({ baseline: ddnm(common) });
    expect((await run({ baseline: plus() })).x).toEqual(x);
    expect((await run({ baseline: simplified() })).x).toEqual(x);
  });

  it("ends with the prior's own estimate, not with a projection", async () => {
    for (const baseline of [plus(), simplified()]) {
      const { x, states } = await run({ baseline, noise: 0.05 });
      expect(distance(x, states.at(-1)!)).toBeLessThan(1e-6);
    }
  });

  it("goes to DDNM as the measurement noise goes to 0, until the last steps", async () => {
    const exact = await run({ baseline: ddnm(common), levels: [801, 501, 201, 0] });
    // Spectral noise is other noise, so only the simplified rule can be compared draw by draw.
    const nearly = await run({ baseline: simplified(), noise: 1e-5, levels: [801, 501, 201, 0] });
    expect(distance(nearly.states[2]!, exact.states[2]!)).toBeLessThan(1e-3);
  });

  it("needs no rotation of the noise where V is a permutation, and another result where it is not", async () => {
    const mask = maskOperator(oracle.image);
    expect((await run({ baseline: plus(true), operator: mask, noise: 0.05 })).x).toEqual(
      (await run({ baseline: plus(), operator: mask, noise: 0.05 })).x,
    );
    const pooled = await run({ baseline: plus(), noise: 0.05 });
    expect(distance((await run({ baseline: plus(true), noise: 0.05 })).x, pooled.x)).toBeGreaterThan(1e-3);
  });

  it.each([
    [690, 1],
    [490, 0.996],
    [290, 0.908],
    [90, 0.407],
    [40, 0.2],
    [10, 0.066],
  ])("damps the noise as released, even without measurement noise: timestep %i by %f", async (timestep, factor) => {
    const levels = [timestep + 201, timestep + 1, 0];
    const clean = await run({ baseline: ddnm(common), levels });
    const damped = await run({ baseline: simplified(true), levels });
    const noNoise = await run({ baseline: withoutNoise(), levels });
    const noise = distance(clean.states[0]!, noNoise.states[0]!);
    expect(distance(damped.states[0]!, noNoise.states[0]!) / noise).toBeCloseTo(factor, 3);
  });
});

/** DDNM's step to sqrt(a') xh, for telling its noise apart. */
function withoutNoise(): UpdateRule {
  const rule = ddnm(common);
  return {
    init: (ctx, at) => rule.init(ctx, at),
    step(ctx, input) {
      const { operator } = ctx;
      const xHat = input.prior.x0.sub(operator.pinv!(operator.apply(input.prior.x0).sub(input.y)));
      return { x: xHat.mul(input.to.sqrtAlphaBar), state: { x0: input.prior.x0 } };
    },
  };
}
