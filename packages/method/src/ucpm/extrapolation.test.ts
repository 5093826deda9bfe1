import { levelScalars, trace, type Aval, type LinearOperator } from "@leader/core";
import { evaluateGraph } from "@leader/graph/reference";
import { maskOperator, norm, normalArray } from "@leader/core/testing";
import { describe, expect, it } from "vitest";
import { extrapolated, leavesOpen, unseen } from "./extrapolation.js";
import { aStep, schedule } from "./test-step.js";

const image: Aval = { shape: [1, 1, 4, 6], dtype: "float32" };
const [now, before] = [normalArray(image, 1, "now"), normalArray(image, 1, "before")];
const sigma = (index: number): number => levelScalars(schedule, index).sigma;

interface Walk {
  readonly last?: number;
  readonly from?: number;
  readonly to?: number;
  readonly strength?: number;
  readonly u?: number;
  readonly operator?: LinearOperator;
}

/** What is added on the way from `last` over `from` to `to`, indices of the schedule; `last` 0: nothing was seen. */
function added({ last = 201, from = 101, to = 51, strength = 0.5, u = 0.01, operator = maskOperator(image) }: Walk): Float64Array {
  const graph = trace(
    (x, y) => {
      const [ctx, input] = aStep({ x0: x, uncertainty: x.mul(0).add(u), from, to, operator });
      const seen = { x0: y, sigma: x.trace.scalar(last === 0 ? 0 : sigma(last), "float32") };
      return extrapolated(ctx, { x0: x, uncertainty: input.prior.uncertainty! }, input, seen, strength);
    },
    [image, image],
  );
  const values = [now, before].map((data) => ({ ...image, data }));
  return Float64Array.from(evaluateGraph(graph, values)[0]!.data);
}

/** Written anew; the mask leaves out every third pixel. */
const expected = (weight: number): Float64Array => now.map((value, i) => (i % 3 === 1 ? weight * (value - before[i]!) : 0));
const difference = (a: Float64Array, b: Float64Array): number => norm(a.map((value, i) => value - b[i]!));

describe("extrapolation", () => {
  it.each([
    [201, 101, 51, 0.5],
    [201, 101, 51, 1],
    [301, 291, 281, 0.5],
  ])("is that of DPM-Solver++ 2M in log sigma, of what is not measured: %i over %i to %i, strength %f", (last, from, to, strength) => {
    const weight = (strength * Math.log(sigma(from) / sigma(to))) / (2 * Math.log(sigma(last) / sigma(from)));
    expect(weight).toBeLessThan(0.5);
    expect(difference(added({ last, from, to, strength }), expected(weight))).toBeLessThan(1e-5);
  });

  it("adds no more than half of the change, also in the last step", () => {
    expect(difference(added({ last: 111, from: 101, to: 11, strength: 1 }), expected(0.5))).toBeLessThan(1e-5);
    const atTheEnd = 0.25 * (Math.log(sigma(51) / 0.02) / Math.log(sigma(201) / sigma(51)));
    expect(difference(added({ from: 51, to: 0 }), expected(atTheEnd))).toBeLessThan(1e-5);
  });

  it("adds nothing in the first step, after time travel, and where nothing is uncertain", () => {
    for (const walk of [{ last: 0 }, { last: 51 }, { last: 101 }, { u: 0 }]) expect(norm(added(walk))).toBe(0);
  });

  it("takes the share of the dimensions where there is no pseudo-inverse", () => {
    const { pinv: _, svd: __, ...bare } = maskOperator(image);
    const weight = Math.log(sigma(101) / sigma(51)) / (4 * Math.log(sigma(201) / sigma(101)));
    const all = now.map((value, i) => (weight * (value - before[i]!)) / 3);
    const operator = { ...bare, measured: maskOperator(image).svd!.singularValues };
    expect(difference(added({ operator }), all)).toBeLessThan(1e-5);
    expect(norm(added({ operator: bare }))).toBe(0);
  });

  it("keeps the measurement of the estimate where computing it takes more than a mask", () => {
    const { measured: _, ...bare } = maskOperator(image);
    const keptOf = (operator: LinearOperator): readonly string[] => {
      const kept: string[] = [];
      trace(
        (x) => {
          const [ctx] = aStep({ x0: x, uncertainty: x, operator });
          kept.push(...Object.keys(unseen(ctx)));
          return x;
        },
        [image],
      );
      return kept;
    };
    const { pinv: __, ...withoutInverse } = bare;
    expect(keptOf(bare)).toEqual(["x0", "sigma", "measured"]);
    expect(keptOf({ ...bare, measured: bare.svd!.singularValues })).toEqual(["x0", "sigma"]);
    expect(keptOf(withoutInverse)).toEqual(["x0", "sigma"]);
  });

  it("is left out where everything is measured", () => {
    const { svd, pinv: _, ...bare } = maskOperator(image);
    const all = { ...svd!, singularValues: { ...svd!.singularValues, data: svd!.singularValues.data.map(() => 1) } };
    expect(leavesOpen(maskOperator(image))).toBe(true);
    expect(leavesOpen({ ...maskOperator(image), svd: all })).toBe(false);
    expect(leavesOpen({ ...bare, range: image })).toBe(false);
  });
});
