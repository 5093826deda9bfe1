import { trace, type Aval } from "@leader/graph";
import { evaluateGraph } from "@leader/graph/reference";
import { norm, normalArray } from "@leader/graph/testing";
import { describe, expect, it } from "vitest";
import type { LinearOperator } from "../contract/operator.js";
import { linearBetaSchedule } from "../schedule/noise-schedule.js";
import { constantLevel } from "../testing/constant-level.js";
import { testOperators } from "../testing/test-operators.js";
import { leastSquaresPull } from "./least-squares-pull.js";

const schedule = linearBetaSchedule();
const image: Aval = { shape: [1, 1, 6, 6], dtype: "float32" };
const operators = testOperators(image);
const x0 = normalArray(image, 1, "x0");

interface Pull {
  readonly operator: LinearOperator;
  readonly from: number;
  readonly to: number;
  readonly length?: number;
  readonly leader?: boolean;
}

/** Weight of the pull. */
const share = 0.3;

/** The pull, and that of so many gradient steps of least squares one after the other, weighted alike. */
function pulls({ operator, from, to, length = 0.15, leader = true }: Pull, repeats: number): readonly [Float64Array, Float64Array] {
  const y = { ...operator.range, data: normalArray(operator.range, 2, "y") };
  const graph = trace(
    (x, measured) => {
      const ctx = { operator, proposesFreshShare: leader, denoiser: { schedule } } as Parameters<typeof leastSquaresPull>[0];
      const level = (index: number) => constantLevel(x.trace, schedule, index);
      let moved = x;
      for (let i = 0; i < repeats; i++) moved = moved.add(operator.adjoint(measured.sub(operator.apply(moved))).mul(length));
      const [scalarLength, scalarShare] = [length, share].map((value) => x.trace.scalar(value, "float32"));
      const pull = leastSquaresPull(ctx, { from: level(from), to: level(to), y: measured }, x, scalarLength!, scalarShare!);
      return [pull, moved.sub(x).mul(share)];
    },
    [image, operator.range],
  );
  const [pull, repeated] = evaluateGraph(graph, [{ ...image, data: x0 }, y]);
  return [Float64Array.from(pull!.data), Float64Array.from(repeated!.data)];
}
const difference = ([a, b]: readonly [Float64Array, Float64Array]): number => norm(a.map((value, i) => value - b[i]!)) / norm(b);

describe("leastSquaresPull", () => {
  for (const [name, operator] of Object.entries(operators)) {
    it.each([
      [101, 91, 1],
      [101, 71, 3],
      [991, 841, 15],
      [101, 99, 1],
    ])(`takes as many steps as published ones fit in: ${name}, %i to %i`, (from, to, repeats) => {
      expect(difference(pulls({ operator, from, to }, repeats))).toBeLessThan(1e-4);
    });

    it(`is one step without LEADer, however long it is: ${name}`, () => {
      expect(difference(pulls({ operator, from: 501, to: 1, leader: false }, 1))).toBeLessThan(1e-6);
    });
  }

  it("takes one longer step, but not beyond what is stable, without a decomposition", () => {
    const { svd: _, ...bare } = operators.pooling;
    const scaled = (to: number, length: number, factor: number): number => {
      const [pull, once] = pulls({ operator: bare, from: 101, to, length }, 1);
      return difference([pull, once.map((value) => value * factor)]);
    };
    expect(scaled(71, 0.2, 3)).toBeLessThan(1e-6);
    expect(scaled(1, 0.2, 5)).toBeLessThan(1e-6);
    expect(scaled(1, 1.5, 1)).toBeLessThan(1e-6);
  });
});
