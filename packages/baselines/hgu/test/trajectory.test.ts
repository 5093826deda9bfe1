import type { UpdateRule } from "@leader/core";
import {
  denseOperator,
  drawnNoise,
  gaussianOracle,
  oracleMeasurement,
  oracleNetwork,
  relativeError,
  restatedGuidance,
  testOperators,
  walkOracle,
  weightedSum,
} from "@leader/core/testing";
import { describe, expect, it } from "vitest";
import { hgu, type HguOptions } from "../src/hgu.js";
import { dpsOptions, dpsRule, gradientRule, loopRule, looks, pace } from "./rules.js";

const oracle = gaussianOracle({ shape: [1, 1, 8, 8], seed: 3, deviation: [0.3, 0.9] });
const { image, schedule } = oracle;
const operator = testOperators(image).blur;
const levels = [1000, 999, 801, 401, 351, 91, 11, 1, 0];
const y = Float64Array.from(oracleMeasurement(oracle, operator, 0.05));
const variants: readonly HguOptions[] = [
  { update: "average", memory: 0.9, squareMemory: 0.999 },
  { update: "heavy-ball", memory: 0.6, squareMemory: 0.999 },
  { update: "adam", memory: 0.8, squareMemory: 0.99 },
];

const run = async (baseline: UpdateRule) => await walkOracle({ oracle, baseline, operator, noise: 0.05, levels, seed: 5, y });

/** The history of a sequence of gradients, one image at a time. */
function history({ update, memory, squareMemory }: HguOptions): (g: Float64Array) => Float64Array {
  let [h, v]: [Float64Array, Float64Array] = [new Float64Array(64), new Float64Array(64)];
  let k = 0;
  return (g) => {
    k++;
    h = weightedSum([memory, h], [update === "heavy-ball" ? 1 : 1 - memory, g]);
    if (update !== "adam") return h;
    v = v.map((value, i) => squareMemory * value + (1 - squareMemory) * g[i]! ** 2);
    return h.map((value, i) => value / (1 - memory ** k) / (Math.sqrt(v[i]! / (1 - squareMemory ** k)) + 1e-8));
  };
}

/** `loopRule` in float64, with its gradients replaced. */
function restatedLoop(remember: (g: Float64Array) => Float64Array): Float64Array {
  const network = oracleNetwork(oracle);
  const dense = denseOperator(operator);
  let x = drawnNoise("init", 0, image.shape, 5);
  for (let k = 0; k < levels.length - 1; k++) {
    const from = levels[k]!;
    for (let j = 0; j < looks; j++) {
      const back = dense.adjoint(weightedSum([1, dense.apply(network(x, from).x0)], [-1, y]));
      const g = weightedSum([1, network(back, from).x0], [-1, network(new Float64Array(64), from).x0]);
      x = weightedSum([1, x], [-pace, remember(g)]);
    }
    x = weightedSum([Math.sqrt(schedule.alphaBar[levels[k + 1]!]!), x]);
  }
  return x;
}

describe.each(variants)("%j", (options) => {
  it("DPS follows the history of its gradient over a whole trajectory", async () => {
    const { x, evaluations } = await run(hgu(dpsRule, options));
    const expected = restatedGuidance(
      { oracle, operator, y, levels, seed: 5 },
      { ...dpsOptions, scale: () => dpsOptions.scale, direction: history(options) },
    );
    expect(relativeError(x, expected)).toBeLessThanOrEqual(1e-4);
    expect(evaluations).toBe(levels.length - 1);
  });

  it("a rule that evaluates several times in a step does so in every evaluation", async () => {
    const { x, evaluations } = await run(hgu(loopRule, options));
    expect(relativeError(x, restatedLoop(history(options)))).toBeLessThanOrEqual(1e-4);
    expect(evaluations).toBe(looks * (levels.length - 1));
  });
});

it("without memory it is the wrapped rule", async () => {
  const forgetful: HguOptions = { update: "heavy-ball", memory: 0, squareMemory: 0 };
  for (const rule of [dpsRule, loopRule, gradientRule]) {
    expect(relativeError((await run(hgu(rule as UpdateRule, forgetful))).x, (await run(rule as UpdateRule)).x)).toBeLessThan(1e-6);
  }
});

it("takes gradients of functions as it takes pullbacks", async () => {
  const options = variants[0]!;
  const [pulled, differentiated] = [await run(hgu(loopRule, options)), await run(hgu(gradientRule, options))];
  expect(relativeError(differentiated.x, pulled.x)).toBeLessThan(1e-5);
});

describe("refuses", () => {
  const { guide: _, ...blind } = loopRule;
  const twice: UpdateRule<Record<string, never>> = {
    ...loopRule,
    guide: (ctx, at, state) => ({ first: loopRule.guide!(ctx, at, state), second: loopRule.guide!(ctx, at, state) }),
  };
  const unguided: UpdateRule<Record<string, never>> = { ...loopRule, guide: (_ctx, { x }) => ({ gradient: x }) };

  it.each([
    ["a rule without guide", blind],
    ["a rule that takes no gradient", unguided],
    ["a rule that takes two", twice],
  ])("%s", async (_name, rule) => {
    const walk = async (): Promise<unknown> => await run(hgu(rule, variants[0]!));
    await expect(walk()).rejects.toMatchObject({ code: "LEADER_BAD_ARGUMENT" });
  });
});
