import {
  denseOperator,
  evaluator,
  gaussianOracle,
  oracleMeasurement,
  proposingModulator,
  relativeError,
  testOperators,
  walkOracle,
  withPowers,
} from "@leader/core/testing";
import { squareRootSteps, type LinearOperator } from "@leader/core";
import { describe, expect, it } from "vitest";
import { backProjectionStep, gradientStep, proximalStep, type DataStep } from "../src/data-step.js";
import { diffpir, type DiffpirOptions } from "../src/diffpir.js";
import { backProjected, exact, oneGradient, restated, type Proposed, type Reference } from "./restated.js";

const oracle = gaussianOracle({ shape: [1, 1, 8, 8], seed: 3 });
const { image } = oracle;
const operators = testOperators(image);
const levels = [1000, 801, 401, 351, 91, 11, 1, 0];
const published: DiffpirOptions = {
  lambda: 7,
  zeta: 0.3,
  eta: 0,
  guidance: 1,
  smallestNoise: 0.001,
  clip: true,
  start: "interpolated",
  wasteLast: true,
};

interface Case {
  readonly operator: LinearOperator;
  readonly noise?: number;
  readonly options?: Partial<DiffpirOptions>;
  readonly dataStep?: DataStep;
  readonly reference?: Reference;
  /** The measurement as an image. Default: itself. */
  readonly known?: (y: Float64Array) => Float64Array;
  readonly levels?: readonly number[];
  readonly proposed?: Proposed;
}

async function difference({
  operator,
  noise = 0.05,
  options = {},
  dataStep = proximalStep(40),
  reference = exact,
  known = (y) => y,
  levels: walked = levels,
  proposed,
}: Case): Promise<number> {
  const whole = { ...published, ...options };
  const task = {
    oracle,
    operator,
    noise,
    levels: walked,
    seed: 5,
    y: oracleMeasurement(oracle, operator, noise),
    baseline: diffpir(whole, dataStep),
  };
  const { x } = await walkOracle({ ...task, ...(proposed && { modulator: proposingModulator(proposed.share) }) });
  return relativeError(x, restated(whole, reference, known(Float64Array.from(task.y)), task, denseOperator(operator), proposed));
}

const { mask, blur, circulant, pooling } = operators;

describe("DiffPIR follows its equations over a whole trajectory", () => {
  it.each([
    ["mask", mask, ["operator.proxL2"]],
    ["blur", blur, ["operator.proxL2"]],
    ["circulant", circulant, ["operator.proxL2"]],
    ["blur by singular values", blur, ["operator.svd"]],
    ["circulant by singular values", circulant, ["operator.svd"]],
    ["mask by conjugate gradients", mask, []],
    ["blur by conjugate gradients", blur, []],
    ["circulant by conjugate gradients", circulant, []],
  ] as const)("%s", async (_name, operator, powers) => {
    expect(await difference({ operator: withPowers(operator, powers) })).toBeLessThanOrEqual(1e-4);
  });

  it.each<Partial<DiffpirOptions>>([
    { eta: 0.6, zeta: 0.5 },
    { eta: 1, zeta: 0, clip: false },
    { zeta: 0, start: "noisy-measurement" },
    { zeta: 1, start: "noise", wasteLast: false },
    { guidance: 0.7, lambda: 2, smallestNoise: 0.2 },
  ])("options %o", async (options) => {
    expect(await difference({ operator: blur, options })).toBeLessThanOrEqual(1e-4);
  });

  it("noise-free, on its own grid", async () => {
    expect(
      await difference({ operator: mask, noise: 0, options: { zeta: 1, lambda: 1 }, levels: squareRootSteps(oracle.schedule, 6) }),
    ).toBeLessThanOrEqual(1e-4);
  });

  it("starting from a smaller picture, interpolated", async () => {
    const enlarge = evaluator(
      (y) =>
        y.resize({
          shape: image.shape,
          scales: [1, 1, 2, 2],
          mode: "cubic",
          coordinates: "half_pixel",
          nearest: "floor",
          cubicCoefficient: -0.5,
          excludeOutside: false,
          antialias: false,
        }),
      [pooling.range],
    );
    expect(await difference({ operator: pooling, known: enlarge, levels: [401, 101, 0] })).toBeLessThanOrEqual(1e-4);
  });

  it("back-projection", async () => {
    expect(
      await difference({ operator: blur, dataStep: backProjectionStep(0.4, 3), reference: backProjected(0.4, 3) }),
    ).toBeLessThanOrEqual(1e-4);
  });

  it("one gradient step, bounded and as released", async () => {
    expect(await difference({ operator: blur, dataStep: gradientStep(false), reference: oneGradient(false) })).toBeLessThanOrEqual(1e-4);
    // At high noise the released step leaves the range of float32's digits, so it is followed from a cleaner level.
    const short = { levels: [101, 51, 1, 0], options: { clip: false } };
    expect(await difference({ operator: blur, dataStep: gradientStep(true), reference: oneGradient(true), ...short })).toBeLessThanOrEqual(
      1e-4,
    );
  });
});

describe("DiffPIR with a proposed share counts the measurement's noise that its data step brings", () => {
  const options = { zeta: undefined };
  it.each([
    ["blur", 0.3],
    ["blur", 1],
    ["circulant", 0.3],
    ["mask", 0.05],
  ] as const)("%s, share %f", async (name, share) => {
    const proposed = { share, gain: (s: number, rho: number) => s / (s ** 2 + rho) };
    expect(await difference({ operator: operators[name], options, proposed })).toBeLessThanOrEqual(1e-4);
  });

  it("of back-projections and of a gradient step, moved by a part", async () => {
    const iterated = { share: 0.5, gain: (s: number, rho: number) => (1 - (1 - 0.4 / (1 + rho)) ** 3) / s };
    const back = { dataStep: backProjectionStep(0.4, 3), reference: backProjected(0.4, 3), proposed: iterated };
    expect(await difference({ operator: blur, options: { ...options, guidance: 0.7 }, ...back })).toBeLessThanOrEqual(1e-4);
    const single = { share: 0.5, gain: (s: number, rho: number) => s / (1 + rho) };
    const gradient = { dataStep: gradientStep(false), reference: oneGradient(false), proposed: single };
    expect(await difference({ operator: circulant, options, ...gradient })).toBeLessThanOrEqual(1e-4);
  });
});
