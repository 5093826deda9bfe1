import { describe, expect, it } from "vitest";
import type { UpdateRule } from "../contract/baseline.js";
import type { HostTensor, Graph, Tensor } from "@leader/graph";
import { evaluator, relativeError } from "@leader/graph/testing";
import { gaussianOracle } from "../testing/gaussian-oracle.js";
import { oracleGraphs } from "../testing/oracle-graphs.js";
import { testOperators } from "../testing/test-operators.js";
import { walkOracle } from "../testing/walk-oracle.js";
import { walkScheduler } from "../testing/walk.js";
import { phasesOf } from "./sampler-graphs.js";

const oracle = gaussianOracle({ shape: [1, 1, 4, 4], seed: 1 });
const operator = testOperators(oracle.image).mask;
const levels = [991, 601, 201, 0];
const y = Float32Array.from({ length: 16 }, (_, i) => Math.sin(i));

const weights: HostTensor = { shape: [4, 4], dtype: "float32", data: Float32Array.from({ length: 16 }, (_, i) => Math.cos(3 * i)) };
const turned = (value: Tensor): Tensor => value.matmul(value.trace.constant(weights)).mul(2);

/** Moves towards a product with the measurement, which `guide` needs too. */
const asFormula: UpdateRule<Record<never, Tensor>> = {
  init: (ctx) => ({ x: ctx.noise("init", oracle.image), state: {} }),
  guide: (_ctx, { y: measured }) => ({ pull: turned(measured).add(measured) }),
  step: (_ctx, { prior, y: measured, to, guidance }) => ({
    x: turned(measured)
      .mul(to.sigma)
      .add(prior.x0)
      .add((guidance as { pull: Tensor }).pull),
    state: {},
  }),
};
/** The same, with the product kept by hand. */
const asState: UpdateRule<{ product: Tensor }> = {
  init: (ctx, { y: measured }) => ({ x: ctx.noise("init", oracle.image), state: { product: turned(measured) } }),
  step: (_ctx, { prior, y: measured, to }, { product }) => ({
    x: product.mul(to.sigma).add(prior.x0).add(product.add(measured)),
    state: { product },
  }),
};

const trace = (baseline: UpdateRule) => oracleGraphs({ oracle, operator, baseline, scheduler: walkScheduler(levels) });
const products = ({ nodes }: Graph): number => nodes.filter(({ op }) => op === "MatMul").length;

describe("what depends on the measurement alone", () => {
  it("is computed once for all phases, and gives what a state kept by hand gives", async () => {
    const graphs = trace(asFormula);
    expect(products(graphs.prepare!.graph)).toBe(1);
    // The denoiser of the oracle has products of its own.
    expect(products(graphs.predict.graph)).toBe(products(trace(asState).predict.graph));
    expect(products(graphs.update.graph)).toBe(0);
    expect(graphs.prepare!.inputs).toEqual(["y"]);
    expect(phasesOf(graphs).map(({ name }) => name)).toEqual(["init", "prepare", "predict", "update", "travel"]);
    const [hoisted, kept] = [
      await walkOracle({ oracle, operator, levels, y, baseline: asFormula }),
      await walkOracle({ oracle, operator, levels, y, baseline: asState }),
    ];
    expect(relativeError(hoisted.x, kept.x)).toBeLessThan(1e-6);
  });

  it("stays where it is if it is one pass over memory, or changes from step to step", () => {
    const step: (body: UpdateRule["step"]) => UpdateRule = (body) => ({
      init: (ctx) => ({ x: ctx.noise("init", oracle.image), state: {} }),
      step: body,
    });
    const elementwise = trace(step((_ctx, { y: measured, prior }) => ({ x: measured.mul(2).exp().add(prior.x0), state: {} })));
    const noisy = trace(step((ctx, { y: measured, prior }) => ({ x: turned(measured.add(ctx.noise("z", prior.x0))), state: {} })));
    const levelled = trace(step((_ctx, { y: measured, to }) => ({ x: turned(measured.mul(to.sigma)), state: {} })));
    for (const graphs of [elementwise, noisy, levelled]) expect(graphs.prepare).toBeUndefined();
    expect(products(noisy.update.graph)).toBe(1);
  });

  it("may be what a step returns", async () => {
    const baseline: UpdateRule<{ product: Tensor }> = {
      init: (ctx, { y: measured }) => ({ x: ctx.noise("init", oracle.image), state: { product: measured.mul(0) } }),
      step: (_ctx, { y: measured, prior }, { product }) => ({ x: prior.x0.add(product), state: { product: turned(measured) } }),
    };
    expect(products(trace(baseline).update.graph)).toBe(0);
    const { x, steps } = await walkOracle({ oracle, operator, levels, y, baseline });
    const product = evaluator(turned, [{ shape: [4, 4], dtype: "float32" }])(Float64Array.from(y));
    x.forEach((value, i) => expect(value).toBeCloseTo(steps.at(-1)!.x0[i]! + product[i]!, 5));
  });
});
