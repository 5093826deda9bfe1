import { karrasSteps, levelScalars, linearOperator, type HostTensor, type LinearOperator } from "@leader/core";
import { describeScheduler, poolingOperator } from "@leader/core/testing";
import { describe, expect, it } from "vitest";
import { certainty, schedule, visited } from "../../test/visited.js";
import { satp, satpScheduler } from "./satp.js";
import { isSparse } from "./sparse.js";
import { squareRootScheduler } from "./square-root.js";
import { uniformScheduler } from "./uniform.js";

type Options = Parameters<typeof satpScheduler>[0];

const sigma = (level: number): number => levelScalars(schedule, level).sigma;
const byDefault = satp.options.parse({});
const image = { shape: [1, 3, 64, 64], dtype: "float32" } as const;

/** Measures each value of a picture by itself, with these singular values. */
function pointwise(valueAt: (pixel: number) => number, range = image as LinearOperator["range"]): LinearOperator {
  const singularValues: HostTensor = {
    shape: [1, 1, 64, 64],
    dtype: "float32",
    data: Float32Array.from({ length: 64 * 64 }, (_, i) => valueAt(i)),
  };
  const apply: LinearOperator["apply"] = (x) => x.mul(x.trace.constant(singularValues));
  const same: LinearOperator["apply"] = (x) => x;
  return {
    ...linearOperator({ name: "pointwise", domain: image, apply, adjoint: apply }),
    range,
    svd: { shape: image.shape, singularValues, v: same, vt: same, u: apply, ut: apply },
  };
}

/** A picture of which some pixels are missing. */
function masked(isThere: (pixel: number) => boolean): LinearOperator {
  const operator = pointwise((i) => (isThere(i) ? 1 : 0));
  return { ...operator, measured: operator.svd!.singularValues };
}

const inCorner = (i: number, side: number): boolean => i % 64 < side && i < side * 64;
const holed = (side: number): LinearOperator => masked((i) => !inCorner(i, side));
/** One pixel of so many is there. */
const scattered = (every: number): LinearOperator => masked((i) => (i * 7) % every === 0);
/** So many values of a list, as of compressed sensing. */
const list = (count: number): LinearOperator => pointwise((i) => (i < count ? 1 : 0), { shape: [1, 3, count], dtype: "float32" });

/** As a run of this operator begins. */
const startedWith = (operator: LinearOperator) => () => {
  const scheduler = satpScheduler(byDefault);
  return { ...scheduler, start: (levels: typeof schedule) => scheduler.start(levels, 0.1, operator) };
};
describeScheduler("satp, of a list", startedWith(list(1000)));
describeScheduler("satp, of pixels here and there", startedWith(scattered(5)));
describeScheduler("satp, of a picture with a hole", startedWith(holed(30)));
describeScheduler("satp, of a noisy picture", startedWith(pointwise(() => 0.25)));

describe("satp, at the noise of the measurement", () => {
  const bare: Options = { ...byDefault, budget: 0.01, floor: 0.1, most: null };
  const free = visited(satpScheduler(bare), certainty(0.002), 0.2);
  const noise = 0.4;
  const stopped = (options: Partial<Options>, sigmaY: number, gain: number): readonly number[] =>
    visited(
      satpScheduler({ ...bare, ...options }),
      certainty(0.002),
      sigmaY,
      pointwise(() => gain),
    );

  it("stops there before it goes below, unless it has one step left", () => {
    const crossing = free.findIndex((level) => sigma(level) < noise);
    // Without a stop the walk jumps over it from far.
    expect(sigma(free[crossing - 1]!)).toBeGreaterThan(2 * noise);
    const above = visited(uniformScheduler({ steps: 100 }))
      .filter((level) => sigma(level) >= noise)
      .at(-1)!;
    for (const [sigmaY, gain] of [
      [0.4, 1],
      [0.1, 0.25],
    ] as const) {
      expect(stopped({}, sigmaY, gain)).toContain(above);
      expect(stopped({}, sigmaY, gain).slice(0, crossing)).toEqual(free.slice(0, crossing));
    }
    expect(stopped({ most: 1 }, noise, 1)).toEqual([991, 0]);
  });

  it("does not where there is none, or none above the floor, or more than any level has, or by the paper's rule", () => {
    for (const none of [0, bare.floor, 1e9]) expect(stopped({}, none, 1)).toEqual(free);
    const paper = { ...bare, rule: "paper" } as const;
    expect(stopped(paper, noise, 1)).toEqual(visited(satpScheduler(paper), certainty(0.002)));
  });
});

describe("satp, into a hole", () => {
  const into = (side: number, options: Partial<Options> = {}): readonly number[] =>
    visited(satpScheduler({ ...byDefault, ...options }), certainty(0.002), 0.4, holed(side));

  it("goes as the square-root grid does, with as many steps as it may take", () => {
    for (const most of [2, 8, 20, 60]) {
      const levels = into(16, { most, steps: 1000 });
      const grid = visited(squareRootScheduler({ steps: most }));
      expect(levels).toHaveLength(most + 1);
      levels.forEach((level, i) => {
        expect(Math.abs(level - grid[i]!)).toBeLessThanOrEqual(1);
      });
    }
    expect(into(60)).toHaveLength(21);
    expect(into(15)).toEqual(into(0));
  });

  it("does not without a budget or a limit, nor by the paper's rule", () => {
    for (const none of [{ budget: 0 }, { most: null }, { rule: "paper" }] as const) expect(into(48, none)).toEqual(into(0, none));
  });
});

describe("isSparse", () => {
  it("tells values here and there from a smaller picture, one in which little is missing, and one without its colours", () => {
    expect([scattered(4), scattered(10), list(1000), list(1365)].map(isSparse)).toEqual([true, true, true, true]);
    expect([scattered(2), list(1366), pointwise(() => 1), holed(16), poolingOperator(image)].map(isSparse)).toEqual(Array(5).fill(false));
    // Of the rank of a list nothing need be known.
    const { svd: _, ...bare } = list(1000);
    expect(isSparse(bare)).toBe(true);
    const grey = { shape: [1, 1, 64, 64], dtype: "float32" } as const;
    const { svd: _svd, measured: _measured, ...colourless } = pointwise(() => 1);
    expect(isSparse({ ...colourless, range: grey })).toBe(false);
  });
});

describe("satp, of a sparse measurement", () => {
  const of = (operator: LinearOperator, sigmaY: number, options: Partial<Options> = {}): readonly number[] =>
    visited(satpScheduler({ ...byDefault, ...options }), certainty(0.002), sigmaY, operator);
  const karras = (steps: number, sigmaMax: number, sigmaMin: number): readonly number[] =>
    karrasSteps(schedule, { steps, sigmaMax, sigmaMin, rho: 7 });

  it("takes the steps of a grid of Karras, as many as it may, from 1.5 to the noise of the measurement", () => {
    expect(of(list(1000), 0.1)).toEqual(karras(20, 1.5, 0.1));
    expect(of(scattered(5), 0.2, { most: 9 })).toEqual(karras(9, 1.5, 0.2));
    expect(of(list(1000), 0.1, { sigmaMax: 0.8, floor: 0.15 })).toEqual(karras(20, 0.8, 0.15));
    expect(of(list(1000), 0.1, { steps: 12 })).toEqual(karras(12, 1.5, 0.1));
    expect(of(list(1000), 0.1, { sigmaMax: 3 })).toEqual(karras(20, 1.5, 0.1));
  });

  it("ends at the floor where there is no noise", () => {
    expect(of(list(1000), 0)).toEqual(karras(20, 1.5, 0.04));
  });

  it("keeps to its rule where a hole is among the pixels, or all levels are below the noise", () => {
    const hole = masked((i) => !inCorner(i, 40) && (i * 7) % 5 === 0);
    expect(of(hole, 0.1)[0]).toBe(991);
    expect(of(list(1000), 1.5)[0]).toBe(991);
    for (const none of [{ budget: 0 }, { most: null }, { most: 1 }, { rule: "paper" }] as const)
      expect(of(list(1000), 0.1, none)[0]).toBe(991);
  });
});
