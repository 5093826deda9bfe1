import { referenceBackend } from "@leader/graph/reference";
import { normalArray } from "@leader/graph/testing";
import { describe, expect, it } from "vitest";
import type { StepScheduler } from "../contract/scheduler.js";
import type { LevelWalkState } from "../schedule/level-walk.js";
import { gaussianOracle } from "../testing/gaussian-oracle.js";
import { oracleGraphs } from "../testing/oracle-graphs.js";
import { referenceRules } from "../testing/reference-rules.js";
import { poolingOperator } from "../testing/test-operators.js";
import { walkScheduler } from "../testing/walk.js";
import { toEngineNoise, unitRangeNoise } from "../units.js";
import { compileSampler } from "./compile-sampler.js";
import { runSampler } from "./run-sampler.js";

const oracle = gaussianOracle({ shape: [1, 1, 6, 6], seed: 1 });
const operator = poolingOperator(oracle.image);
const y = { ...operator.range, data: Float32Array.from(normalArray(operator.range, 2, "y")) };

/** What a scheduler that reads these names is told, step by step, and the estimates it is told of. */
async function told(observes: readonly string[], rearranges = false) {
  const seen: (number | undefined)[] = [];
  const estimates: Float64Array[] = [];
  const walk = walkScheduler([801, 401, 101, 0]);
  const scheduler: StepScheduler<LevelWalkState> = {
    ...walk,
    observes,
    decide(at, state) {
      seen.push(at.observed["misfit"]);
      return walk.decide(at, state);
    },
  };
  await using sampler = await compileSampler(
    oracleGraphs({ oracle, operator, baseline: { ...referenceRules["null-space"], rearranges }, scheduler, noise: 0.05 }),
    referenceBackend(),
  );
  await runSampler(sampler, {
    schedule: oracle.schedule,
    scheduler,
    y,
    sigmaY: toEngineNoise(unitRangeNoise(0.05)),
    seed: 0,
    inspect: { names: ["prior.x0"], see: (_step, values) => estimates.push(Float64Array.from(values.get("prior.x0")!.data)) },
  });
  return { seen, estimates };
}

/** Means of 2 x 2 blocks. */
const pooled = (x: Float64Array): number[] =>
  Array.from({ length: 9 }, (_, i) => {
    const corner = 12 * Math.floor(i / 3) + 2 * (i % 3);
    return (x[corner]! + x[corner + 1]! + x[corner + 6]! + x[corner + 7]!) / 4;
  });

describe("the misfit", () => {
  it("is what the estimate misses the measurement by beyond its noise, for schedulers that read it", async () => {
    const { seen, estimates } = await told(["misfit"]);
    expect(seen).toHaveLength(3);
    seen.forEach((value, step) => {
      const squares = pooled(estimates[step]!).map((mean, i) => (y.data[i]! - mean) ** 2);
      expect(value).toBeCloseTo(squares.reduce((a, b) => a + b) / 9 - 0.1 ** 2, 5);
    });
  });

  it("is not computed for others, nor where the network sees rearranged images", async () => {
    expect((await told([])).seen).toEqual([undefined, undefined, undefined]);
    expect((await told(["misfit"], true)).seen).toEqual([undefined, undefined, undefined]);
  });
});
