import { forward, type Tensor } from "@leader/core";
import {
  expectSteinLemma,
  gaussianOracle,
  relativeError,
  steinAgainstExact,
  walkOracle,
  withLearnedVariance,
  type GaussianOracle,
} from "@leader/core/testing";
import { describe, expect, it } from "vitest";
import { ddpm } from "../src/ddpm.js";
import { restatedDdpm } from "./restated.js";

const plain = gaussianOracle({ shape: [1, 2, 8, 8], seed: 2, correlation: 0 });
const learned = withLearnedVariance(plain);
const levels = [951, 700, 650, 333, 120, 40, 7, 0];
const run = async (oracle: GaussianOracle, variance: "auto" | "posterior" | "learned"): Promise<Float64Array> =>
  (await walkOracle({ oracle, levels, baseline: ddpm({ variance, clip: false }) })).x;

describe("the learned variance of an ancestral step", () => {
  it("lies between the two fixed ones where the network says, over a whole trajectory in float64", async () => {
    const expected = restatedDdpm({ variance: "learned", clip: false }, { oracle: learned, levels });
    expect(relativeError(await run(learned, "learned"), expected)).toBeLessThan(1e-4);
    expect(relativeError(await run(learned, "posterior"), expected)).toBeGreaterThan(0.01);
  });

  it("is taken by itself from a network that learned it, and changes nothing with others", async () => {
    expect(await run(learned, "auto")).toEqual(await run(learned, "learned"));
    expect(await run(plain, "auto")).toEqual(await run(plain, "posterior"));
  });

  it("is refused where the network has none", async () => {
    await expect(run(plain, "learned")).rejects.toMatchObject({ code: "LEADER_LEARNED_VARIANCE_MISSING" });
  });

  it("is reported as the fresh noise that it is, by Stein's lemma after skips and travel", async () => {
    const oracle = withLearnedVariance(gaussianOracle({ shape: [48, 1, 8, 8], seed: 2, correlation: 0 }));
    const baseline = ddpm({ variance: "learned", clip: false });
    const walk = [991, 700, 400, 250, 450, 200, 170, 80, 100, 70, 0];
    expectSteinLemma(await walkOracle({ oracle, levels: walk, baseline, uncertainty: steinAgainstExact }));
  });
});

describe("with the exact variance of q(x' | x)", () => {
  // Independent pixels of the variance l around a mean: x' given x is normal, with betaTilde + (sqrt(a') (1 - rho^2))^2 Var(x0 | x).
  const deviation = 0.5;
  const prior = gaussianOracle({ shape: [2048, 1, 4, 4], seed: 5, correlation: 0, deviation: [deviation, deviation] });
  const few = [1000, 500, 200, 60, 0];
  const noise = (index: number): number => Math.sqrt(1 / prior.schedule.alphaBar[index]! - 1);

  /** f of the step that leaves a level, from the variances of q in float64. */
  function exactShare(from: number, to: number): number {
    if (to === 0) return 0;
    const [a, b] = [prior.schedule.alphaBar[from]!, prior.schedule.alphaBar[to]!];
    const beta = 1 - a / b;
    const posterior = ((1 - b) / (1 - a)) * beta;
    const left = 1 / (1 / deviation ** 2 + 1 / noise(from) ** 2);
    const exact = posterior + ((Math.sqrt(b) * beta) / (1 - a)) ** 2 * left;
    return Math.log(exact / posterior) / Math.log(beta / posterior);
  }
  const shares = Float32Array.from({ length: prior.schedule.length }, (_, index) => {
    const k = few.indexOf(index);
    return k < 0 || k === few.length - 1 ? 0 : exactShare(index, few[k + 1]!);
  });
  const exact: GaussianOracle = {
    ...prior,
    denoiser: forward(prior.denoiser, {
      denoise(x: Tensor, level) {
        const table = x.trace.constant({ shape: [shares.length], dtype: "float32", data: shares });
        return { ...prior.denoiser.denoise(x, level), varianceShare: table.gather(level.index.cast("int32"), 0).expand(x.shape) };
      },
    }),
  };

  /** Spread of the state after every step, over that of the prior noised to its level. */
  async function ratios(variance: "learned" | "posterior" | "upper"): Promise<number[]> {
    const { steps } = await walkOracle({ oracle: exact, levels: few, baseline: ddpm({ variance, clip: false }) });
    return steps.map(({ x }, k) => {
      const b = prior.schedule.alphaBar[few[k + 1]!]!;
      const squares = x.reduce((sum, value, i) => sum + (value - Math.sqrt(b) * prior.mean[i % 16]!) ** 2, 0);
      return squares / x.length / (b * deviation ** 2 + 1 - b);
    });
  }

  it("four steps keep the marginals of every level, which neither fixed variance does", async () => {
    // Four standard deviations of the mean of 32768 squares. The last step draws nothing: its result is the mean.
    const within = 4 * Math.sqrt(2 / (2048 * 16));
    const [right, low, high] = [await ratios("learned"), await ratios("posterior"), await ratios("upper")];
    for (const ratio of right.slice(0, -1)) expect(Math.abs(ratio - 1)).toBeLessThan(within);
    expect(Math.max(...low.slice(0, -1).map((ratio) => 1 - ratio))).toBeGreaterThan(2 * within);
    expect(Math.max(...high.slice(0, -1).map((ratio) => ratio - 1))).toBeGreaterThan(2 * within);
  });
});
