import {
  denseOperator,
  drawnNoise,
  evaluator,
  gaussianOracle,
  oracleMeasurement,
  oracleNetwork,
  relativeError,
  testOperators,
  walkOracle,
  weightedSum,
  withPowers,
  type DenseOperator,
  type MeasuredWalk,
} from "@leader/core/testing";
import { sizeOf, squareRootSteps, type LinearOperator } from "@leader/core";
import { describe, expect, it } from "vitest";
import { backProjectionStep, gradientStep, proximalStep, type DataStep } from "../src/data-step.js";
import { diffpir, type DiffpirOptions } from "../src/diffpir.js";

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

/** A data step on images and measurements in [0,1]. */
type Reference = (operator: LinearOperator, dense: DenseOperator, u: Float64Array, y: Float64Array, rho: number) => Float64Array;

const exact: Reference = (_operator, dense, u, y, rho) => dense.proximal(u, y, rho);

const backProjected: Reference = (operator, dense, u, y, rho) => {
  const pinv = evaluator((r) => operator.pinv!(r), [operator.range]);
  let x = u;
  for (let i = 0; i < 3; i++) x = weightedSum([1, x], [0.4 / (1 + rho), pinv(weightedSum([1, y], [-1, dense.apply(x)]))]);
  return x;
};

const oneGradient =
  (unbounded: boolean): Reference =>
  (_operator, dense, u, y, rho) =>
    weightedSum([1, u], [-1 / (unbounded ? rho : 1 + rho), dense.adjoint(weightedSum([1, dense.apply(u)], [-1, y]))]);

/** DiffPIR as released: the data step on [0,1] images, in float64. */
function restated(
  options: DiffpirOptions,
  step: Reference,
  known: Float64Array,
  { oracle, operator, y, noise = 0, seed = 0, levels }: MeasuredWalk,
): Float64Array {
  const ab = (index: number): number => oracle.schedule.alphaBar[index]!;
  const network = oracleNetwork(oracle);
  const dense = denseOperator(operator);
  const shape = operator.domain.shape;
  const ones = new Float64Array(sizeOf(shape)).fill(1);
  const grey = dense.apply(ones);
  const y01 = weightedSum([0.5, Float64Array.from(y)], [0.5, grey]);
  const sigmaN = Math.max(options.smallestNoise, noise);

  const top = ab(levels[0]!);
  const z0 = drawnNoise("init", 0, shape, seed);
  const s = Math.sqrt(top * (1 + (2 * noise) ** 2));
  let x =
    options.start === "noise"
      ? z0
      : options.start === "interpolated"
        ? weightedSum([Math.sqrt(top), known], [Math.sqrt(1 - top), z0])
        : weightedSum([s, known], [Math.sqrt(1 - top - top * (2 * noise) ** 2), z0]);
  for (let k = 0; k < levels.length - 1; k++) {
    if (options.wasteLast && levels[k] === 1 && levels[k + 1] === 0) return x;
    const [a, b] = [ab(levels[k]!), ab(levels[k + 1]!)];
    const x0 = network(x, levels[k]!).x0.map((value) => (options.clip ? Math.min(1, Math.max(-1, value)) : value));
    const rho = (options.lambda * sigmaN ** 2) / ((1 - a) / a);
    const u = step(operator, dense, weightedSum([0.5, x0], [0.5, ones]), y01, rho);
    const xHat = weightedSum([1 - options.guidance, x0], [options.guidance, weightedSum([2, u], [-1, ones])]);
    const effective = weightedSum([1 / Math.sqrt(1 - a), x], [-Math.sqrt(a / (1 - a)), xHat]);
    const w = options.eta * Math.sqrt((1 - b) / (1 - a)) * Math.sqrt(1 - a / b);
    const fresh = Math.sqrt((1 - options.zeta) * w ** 2 + options.zeta * (1 - b));
    const kept = Math.sqrt(1 - options.zeta) * Math.sqrt(Math.max(0, 1 - b - w ** 2));
    x = weightedSum([Math.sqrt(b), xHat], [kept, effective], [fresh, drawnNoise("z", k + 1, shape, seed)]);
  }
  return x;
}

interface Case {
  readonly operator: LinearOperator;
  readonly noise?: number;
  readonly options?: Partial<DiffpirOptions>;
  readonly dataStep?: DataStep;
  readonly reference?: Reference;
  /** The measurement as an image. Default: itself. */
  readonly known?: (y: Float64Array) => Float64Array;
  readonly levels?: readonly number[];
}

async function difference({
  operator,
  noise = 0.05,
  options = {},
  dataStep = proximalStep(40),
  reference = exact,
  known = (y) => y,
  levels: walked = levels,
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
  const { x } = await walkOracle(task);
  return relativeError(x, restated(whole, reference, known(Float64Array.from(task.y)), task));
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
    expect(await difference({ operator: blur, dataStep: backProjectionStep(0.4, 3), reference: backProjected })).toBeLessThanOrEqual(1e-4);
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
