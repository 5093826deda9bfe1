import {
  isOp,
  traceSampler,
  trace,
  uniformSteps,
  type Denoiser,
  type Graph,
  type Level,
  type Prior,
  type SamplerStages,
  type Tensor,
  type UpdateRule,
} from "@leader/core";
import {
  drawnNoise,
  expectSteinLemma,
  gaussianOracle,
  maskOperator,
  oracleNetwork,
  poolingOperator,
  relativeError,
  steinAgainstExact,
  walkOracle,
  walkScheduler,
  withLearnedVariance,
  type GaussianOracle,
} from "@leader/core/testing";
import { describe, expect, it } from "vitest";
import { moved, restated } from "../test/restated.js";
import { correctedRule, gradientRule, learnedRule, nullSpaceRule } from "../test/rules.js";
import { equs, type EquivarianceOptions } from "./equs.js";
import { inverse, sourcePixels, transformations } from "./transformation.js";

const shape = [1, 2, 8, 8];
const oracle = gaussianOracle({ shape, seed: 2, correlation: 0 });
const net = oracleNetwork(oracle);
const a = (index: number): number => oracle.schedule.alphaBar[index]!;
const defaults: EquivarianceOptions = { transformation: "flip-horizontal", first: "original", unflipNoise: true };
const isKnown = (i: number): boolean => i % 3 !== 1;
const known = Float64Array.from({ length: 128 }, (_, i) => (isKnown(i) ? 1 : 0));
const y = Float64Array.from(oracle.sample(4).data, (value, i) => (isKnown(i) ? value : 0));
const wrap = (rule: UpdateRule, options: Partial<EquivarianceOptions> = {}): UpdateRule => equs(rule, { ...defaults, ...options });

describe("equs around a null-space rule", () => {
  it.each([
    {},
    { unflipNoise: false },
    { first: "transformed" },
    { transformation: "rotate-90" },
    { transformation: "rotate-90", unflipNoise: false },
    { transformation: "shift" },
  ] as const)("follows the released procedure in float64: %j", async (changes) => {
    const { x, evaluations } = await walkOracle({
      baseline: wrap(nullSpaceRule, changes),
      oracle,
      levels: uniformSteps(oracle.schedule, 10),
      y,
    });
    const expected = restated({ ...defaults, ...changes }, known, { oracle, y, levels: uniformSteps(oracle.schedule, 10) });
    expect(relativeError(x, expected)).toBeLessThan(1e-4);
    expect(evaluations).toBe(10);
  });

  it("differs from the bare rule, and the released noise from the consistent one", async () => {
    const run = async (rule: UpdateRule): Promise<Float64Array> =>
      (await walkOracle({ baseline: rule, oracle, levels: uniformSteps(oracle.schedule, 10), y })).x;
    const [bare, consistent, released] = [
      await run(nullSpaceRule),
      await run(wrap(nullSpaceRule)),
      await run(wrap(nullSpaceRule, { unflipNoise: false })),
    ];
    expect(relativeError(consistent, bare)).toBeGreaterThan(0.02);
    expect(relativeError(released, consistent)).toBeGreaterThan(0.01);
  });

  it("keeps its wrapped rule's fresh noise: Stein's lemma gives the posterior variance, after skips and time travel", async () => {
    const prior = gaussianOracle({ shape: [48, 1, 8, 8], seed: 2, correlation: 0 });
    const measured = Float64Array.from(prior.sample(9).data, (value, i) => ((i % 64) % 3 === 1 ? 0 : value));
    const levels = [991, 700, 400, 250, 450, 200, 170, 80, 100, 70, 0];
    const seen = await walkOracle({
      baseline: wrap(nullSpaceRule, { transformation: "rotate-90" }),
      oracle: prior,
      levels,
      operator: maskOperator(prior.image),
      y: measured,
      uncertainty: steinAgainstExact,
    });
    expectSteinLemma(seen);
  });
});

/** A network that treats every pixel alike, and so commutes with every rearrangement. */
function symmetric(): GaussianOracle {
  const body = trace(
    (x, sqrtAlphaBar, st) => x.sub(sqrtAlphaBar.mul(0.1)).mul(st).div(sqrtAlphaBar.square().mul(0.09).add(st.square())).tanh(),
    [oracle.image, { shape: [], dtype: "float32" }, { shape: [], dtype: "float32" }],
  );
  const denoise = (x: Tensor, { sqrtAlphaBar, sqrtOneMinusAlphaBar }: Level): Prior => {
    const epsilon = x.trace.emit("Function", [x, sqrtAlphaBar, sqrtOneMinusAlphaBar], { name: "symmetric", body, evaluations: 1 });
    return { epsilon, x0: x.sub(sqrtOneMinusAlphaBar.mul(epsilon)).div(sqrtAlphaBar) };
  };
  const denoiser: Denoiser = { image: oracle.image, schedule: oracle.schedule, differentiable: true, denoise };
  return { ...oracle, denoiser };
}

describe("equs with an equivariant network", () => {
  const levels = [951, 700, 500, 700, 500, 280, 120, 40, 0];
  const rules: Readonly<Record<string, UpdateRule>> = { nullSpaceRule, gradientRule, correctedRule, learnedRule };

  it.each(transformations.flatMap((transformation) => Object.keys(rules).map((rule) => [rule, transformation] as const)))(
    "is the bare rule: %s, %s",
    async (name, transformation) => {
      const options = { oracle: withLearnedVariance(symmetric()), levels, y };
      const bare = await walkOracle({ baseline: rules[name]!, ...options });
      const wrapped = await walkOracle({ baseline: wrap(rules[name]!, { transformation }), ...options });
      expect(relativeError(wrapped.x, bare.x)).toBeLessThan(1e-5);
      expect(wrapped.evaluations).toBe(bare.evaluations);
    },
  );
});

describe("equs around a rule with a gradient through the network", () => {
  it("takes the gradient of the conjugated network", async () => {
    const levels = [951, 700, 400, 150, 0];
    const to = sourcePixels("rotate-90", 8, 8);
    const back = inverse(to);
    let x = drawnNoise("init", 0, shape);
    levels.slice(0, -1).forEach((from, step) => {
      const isTransformed = step % 2 === 1;
      const seen = net(isTransformed ? moved(x, to) : x, from);
      // d x0 / d x of independent pixels.
      const slopes = Float64Array.from(
        x,
        (_, i) => (Math.sqrt(a(from)) * oracle.covariance[i * 129]!) / (a(from) * oracle.covariance[i * 129]! + 1 - a(from)),
      );
      const [x0, e, slope] = [seen.x0, seen.epsilon, slopes].map((value) => (isTransformed ? moved(value, back) : value)) as [
        Float64Array,
        Float64Array,
        Float64Array,
      ];
      const next = a(levels[step + 1]!);
      x = x.map(
        (_, i) => Math.sqrt(next) * x0[i]! + Math.sqrt(1 - next) * e[i]! - 0.3 * (isKnown(i) ? 2 * (x0[i]! - y[i]!) * slope[i]! : 0),
      );
    });
    const received = await walkOracle({ baseline: wrap(gradientRule, { transformation: "rotate-90" }), oracle, levels, y });
    expect(relativeError(received.x, x)).toBeLessThan(1e-4);
  });

  it("needs no second forward pass for it", () => {
    const matrixProducts = (rule: UpdateRule): number => {
      const stages: SamplerStages = {
        operator: poolingOperator(oracle.image),
        denoiser: oracle.denoiser,
        baseline: rule,
        scheduler: walkScheduler([1, 0]),
        noiseFree: true,
      };
      return countProducts(traceSampler(stages).predict.graph);
    };
    expect(matrixProducts(wrap(gradientRule))).toBe(matrixProducts(gradientRule));
  });
});

/** Matrix products of a graph and of the networks that it calls. */
const countProducts = (graph: Graph): number =>
  graph.nodes.reduce((sum, node) => sum + (node.op === "MatMul" ? 1 : isOp(node, "Function") ? countProducts(node.attrs.body) : 0), 0);
