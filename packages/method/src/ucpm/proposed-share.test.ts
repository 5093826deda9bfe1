import { levelScalars, measuredShare, measurementNoise, misfitOf, trace, type Aval } from "@leader/core";
import { evaluateGraph } from "@leader/graph/reference";
import { maskOperator, normalArray, poolingOperator } from "@leader/core/testing";
import { describe, expect, it } from "vitest";
import { moreWhereSmooth, proposedShare } from "./proposed-share.js";
import { aStep, schedule } from "./test-step.js";

const image: Aval = { shape: [1, 1, 6, 6], dtype: "float32" };
const shares = { early: 1, late: 0.25, measured: 0.6 };
const x0 = normalArray(image, 1, "x0");

/** The share of a step whose estimate misses every measured value by `miss`, and the misfit. */
function proposed(options: {
  readonly miss?: number;
  readonly u?: number;
  readonly from?: number;
  readonly noise?: number;
  readonly pooled?: boolean;
}) {
  const { miss = 0, u = 0.01, from = 101, noise = 0, pooled = true } = options;
  const operator = pooled ? poolingOperator(image) : { ...maskOperator(image), measured: maskOperator(image).svd!.singularValues };
  const graph = trace(
    (x) => {
      const y = operator.apply(x.add(miss));
      const [ctx, input] = aStep({ x0: x, uncertainty: x.mul(0).add(u), from, operator, y, sigmaY: noise });
      const misfit = misfitOf(ctx, y, x);
      const seen = {
        measured: measuredShare(operator),
        noise: measurementNoise(ctx),
        from: input.from,
        misfit,
        uncertainty: input.prior.uncertainty!,
      };
      return [proposedShare(shares, seen), misfit];
    },
    [image],
  );
  const [share, misfit] = evaluateGraph(graph, [{ ...image, data: x0 }]).map(({ data }) => data[0]!);
  return { share: share!, misfit: misfit! };
}

/** Written anew: a quarter of the dimensions is measured by means of 2 x 2 blocks, whose rows have norm 1/2. */
function expected(from: number, measured = 0.25, halfway = 0.2): number {
  const { sigma } = levelScalars(schedule, from);
  const [early, late] = [1, 0.25].map((share) => 0.6 * measured + share * (1 - measured)) as [number, number];
  return late + (early - late) / (1 + (halfway / sigma) ** 4);
}

describe("the proposed share of fresh noise", () => {
  it.each([991, 301, 101, 61, 11, 1])("falls from high noise to the clean end: index %i", (from) => {
    expect(proposed({ from }).share).toBeCloseTo(expected(from), 5);
  });

  it("weighs what is measured by the rank of the operator", () => {
    expect(proposed({ pooled: false }).share).toBeCloseTo(expected(101, 2 / 3), 5);
  });

  it("grows where the estimate misses the measurement by more than it says of itself", () => {
    const kept = 1 - expected(11);
    const at = (miss: number, u = 0.01): number => proposed({ miss, u, from: 11 }).share;
    expect(at(0.09)).toBeCloseTo(1 - kept, 5);
    expect(at(0.2)).toBeCloseTo(1 - kept / 4 ** 4, 5);
    expect(at(0.2, 0.02)).toBeCloseTo(1 - kept / 2 ** 4, 5);
    expect(at(0.2, 0)).toBeCloseTo(1, 6);
  });

  it("takes the noise of the measurement off, and counts measured values only", () => {
    expect(proposed({ miss: 0.2 }).misfit).toBeCloseTo(0.04, 6);
    expect(proposed({ miss: 0.2, noise: 0.1 }).misfit).toBeCloseTo(0.03, 6);
    expect(proposed({ miss: 0.2, pooled: false }).misfit).toBeCloseTo(0.04, 6);
  });

  it("falls earlier where the measurement leaves more noise: sigma_y over the largest singular value, 1/2 for means of 2 x 2 blocks and 1 for the mask", () => {
    expect(proposed({ noise: 0.25 }).share).toBeCloseTo(expected(101, 0.25, 0.5), 5);
    expect(proposed({ noise: 0.25, pooled: false }).share).toBeCloseTo(expected(101, 2 / 3, 0.25), 5);
    expect(proposed({ noise: 0.05 }).share).toBeCloseTo(expected(101), 5);
  });
});

describe("moreWhereSmooth", () => {
  it("keeps the share of texture, draws all where nothing is uncertain, and goes between them with Sigma over sigma", () => {
    const { sigma } = levelScalars(schedule, 101);
    const uncertainties = [0, 0.005, 0.01, 0.02, 0.5].map((ratio) => ratio * sigma);
    const row: Aval = { shape: [1, 1, 1, 5], dtype: "float32" };
    const graph = trace(
      (uncertainty) => {
        const [, { from }] = aStep({ x0: uncertainty, uncertainty, from: 101, operator: maskOperator(row) });
        return [moreWhereSmooth(uncertainty.trace.scalar(0.6, "float32"), { uncertainty, from, texture: 0.02 })];
      },
      [row],
    );
    const [shares] = evaluateGraph(graph, [{ ...row, data: Float64Array.from(uncertainties) }]);
    [1, 0.9, 0.8, 0.6, 0.6].forEach((share, i) => expect(shares!.data[i]).toBeCloseTo(share, 5));
  });
});
