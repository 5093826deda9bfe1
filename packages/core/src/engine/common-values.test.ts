import { describe, expect, it } from "vitest";
import type { UpdateRule } from "../contract/baseline.js";
import type { Graph, HostTensor, Tensor } from "@leader/graph";
import { relativeError } from "@leader/graph/testing";
import { gaussianOracle } from "../testing/gaussian-oracle.js";
import { oracleGraphs } from "../testing/oracle-graphs.js";
import { testOperators } from "../testing/test-operators.js";
import { walkOracle } from "../testing/walk-oracle.js";
import { walkScheduler } from "../testing/walk.js";

const oracle = gaussianOracle({ shape: [1, 1, 24, 24], seed: 1 });
const operator = testOperators(oracle.image).mask;
const levels = [991, 601, 201, 0];
const weights: HostTensor = { shape: [24, 24], dtype: "float32", data: Float32Array.from({ length: 576 }, (_, i) => Math.cos(3 * i) / 24) };
const turned = (value: Tensor): Tensor => value.matmul(value.trace.constant(weights));

/** Moves towards a product of the estimate, which `guide` needs too: as that gives it, or computed anew. */
const rule = (again: boolean, costly: (value: Tensor) => Tensor = turned): UpdateRule<Record<never, Tensor>> => ({
  init: (ctx) => ({ x: ctx.noise("init", oracle.image), state: {} }),
  guide: (_ctx, { prior }) => ({ pull: costly(prior.x0) }),
  step: (_ctx, { prior, to, guidance }) => ({
    x: (again ? costly(prior.x0) : (guidance as { pull: Tensor }).pull).mul(to.sigma).add(prior.x0),
    state: {},
  }),
});

const trace = (baseline: UpdateRule) => oracleGraphs({ oracle, operator, baseline, scheduler: walkScheduler(levels) });
const count = ({ nodes }: Graph, name: string): number => nodes.filter(({ op }) => op === name).length;

describe("what `predict` has computed", () => {
  it("is not computed again by `update`, and gives the same", async () => {
    const graphs = trace(rule(true));
    expect(count(graphs.update.graph, "MatMul")).toBe(0);
    expect(count(graphs.predict.graph, "MatMul")).toBe(count(trace(rule(false)).predict.graph, "MatMul"));
    const y = Float32Array.from({ length: 576 }, (_, i) => Math.sin(i));
    const [found, handed] = [
      await walkOracle({ oracle, operator, levels, y, baseline: rule(true) }),
      await walkOracle({ oracle, operator, levels, y, baseline: rule(false) }),
    ];
    expect(relativeError(found.x, handed.x)).toBe(0);
  });

  it("is computed again where that costs less than keeping it", () => {
    const graphs = trace(rule(true, (value) => value.exp()));
    expect(count(graphs.update.graph, "Exp")).toBe(1);
  });

  it("is computed again where an inner loop changes the state between the two", () => {
    const inner: UpdateRule<Record<never, Tensor>> = {
      ...rule(true),
      inner: { most: 2, advance: (_ctx, { x }) => ({ x: x.mul(0.5), state: {} }) },
    };
    expect(count(trace(inner).update.graph, "MatMul")).toBe(1);
  });
});
