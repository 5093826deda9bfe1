import onnxPlugin from "@leader/backend-onnx";
import { ddnm } from "@leader/baseline-ddnm";
import { drawNoise, fromAlphaBar, linearOperator, uniformSteps, type OperatorFactory, type StepScheduler } from "@leader/core";
import { referenceBackend } from "@leader/graph/reference";
import { createStage, evaluator, gaussianOracle, norm } from "@leader/core/testing";
import operators from "@leader/operators";
import { afterAll, describe, expect, it } from "vitest";
import { satp, satpScheduler } from "../src/schedulers/satp.js";
import { ucpm, ucpmModulator } from "../src/ucpm/ucpm.js";
import { exactEstimator } from "../src/uncertainty/exact.js";
import { steinEstimator } from "../src/uncertainty/stein.js";
import { measurement, restore } from "./oracle-run.js";

/** Every operator of the package, with options where the defaults do not fit a tiny picture; a new one is tested without a line here. */
const small: Readonly<Record<string, readonly Readonly<Record<string, unknown>>[]>> = {
  inpainting: [{ box: { fraction: 0.5 } }, { random: { fraction: 0.7 } }],
  "super-resolution": [{ factor: 4 }, { factor: 2, method: "average-pool" }],
  "motion-blur": [{ size: 7 }],
  "block-compressed-sensing": [{ blockSize: 4 }],
};
const colour = gaussianOracle({ shape: [1, 3, 8, 8], seed: 2 });
const grey = gaussianOracle({ shape: [1, 1, 16, 16], seed: 2 });

describe("Proposition 4.1: A x = y for noise-free measurements, whatever UCPM does", () => {
  const tasks = Object.entries(operators.stages).flatMap(([name, stage]) =>
    stage.kind === "operator" ? (small[name] ?? [{}]).map((options) => ({ name, options, stage: stage })) : [],
  );
  const onnx = createStage<"backend">(onnxPlugin.stages.cpu, { threads: 1 });
  afterAll(async () => (await onnx)[Symbol.asyncDispose]());

  it.each(tasks)("$name $options", async ({ name, options, stage }) => {
    const factory: OperatorFactory = await createStage(stage, options);
    const oracle = name === "colorization" || name.includes("compressed") ? colour : grey;
    const operator = factory.at(oracle.image);
    const y = measurement({ oracle, operator });
    const baseline = ddnm({ eta: 0.85, travelFrom: "x0" });
    const estimator = steinEstimator({ map: "line", window: 3, dataVariance: 0.25 });
    const modulator = ucpmModulator(ucpm.options.parse({}));
    const scheduler = satpScheduler(satp.options.parse({ rule: "paper", floor: 0, steps: 10, budget: 0.01, most: null }));
    for (const backend of [referenceBackend(), await onnx]) {
      const { x } = await restore({ oracle, operator, y, baseline, uncertainty: estimator, modulator, scheduler, backend });
      const measured = evaluator((value) => operator.apply(value), [operator.domain])(Float64Array.from(x.data));
      const residual = norm(measured.map((value, i) => value - y.data[i]!)) / norm(Float64Array.from(y.data));
      expect(residual, backend.name).toBeLessThanOrEqual(1e-5);
    }
  });
});

/**
 * |x - x_exact| <= (C B / L) (e^(L T) - 1) if each step's own error is at most C B dt. The exact solution is that of the
 * probability-flow equation, so nothing is measured and no noise is drawn.
 *
 * On which grid? A DDIM step of length dt errs by dt^2 |x''| / 2, and SATP makes dt = B / U: the hypothesis needs |x''| <= 2 C U. For a
 * Gaussian prior that holds in log sigma, x'' ~ sigma^2 l / (l + sigma^2)^(1/2), and not in timesteps, where U goes to 0 at the clean end while x''
 * does not (the error there falls like sqrt(B)). So levels are spaced evenly in log sigma, and runs are compared at the cleanest noisy level.
 */
describe("Proposition 4.2: the error of SATP is bounded and linear in B", () => {
  const steps = 500;
  const schedule = fromAlphaBar(Float64Array.from({ length: steps }, (_, i) => 1 / (1 + (0.3 * 200 ** (i / (steps - 1))) ** 2)));
  // Independent pixels, so that everything below is a formula per pixel.
  const oracle = gaussianOracle({ shape: [1, 1, 5, 5], seed: 3, correlation: 0, schedule });
  const n = oracle.mean.length;
  const variance = oracle.mean.map((_, i) => oracle.covariance[i * (n + 1)]!);
  const nothing = linearOperator({ name: "nothing", domain: oracle.image, apply: (x) => x.mul(0), pinv: (y) => y.mul(0) });
  const levels = uniformSteps(schedule, steps);
  const start = Float64Array.from(
    drawNoise({ seed: 0, firstImage: 0, batch: 1, step: 0, input: "noise:init", shape: oracle.image.shape }).data,
  );
  const exactAt = (index: number): Float64Array => oracle.flow(start, levels[0]!, index);

  /** Where one DDIM step without fresh noise takes an exact state. */
  const ddim = (x: Float64Array, from: number, to: number): Float64Array => {
    const [a, b] = [schedule.alphaBar[from]!, schedule.alphaBar[to]!];
    return x.map((value, i) => {
      const centred = (value - Math.sqrt(a) * oracle.mean[i]!) / (a * variance[i]! + 1 - a);
      return Math.sqrt(b) * (oracle.mean[i]! + Math.sqrt(a) * variance[i]! * centred) + Math.sqrt((1 - b) * (1 - a)) * centred;
    });
  };
  const distance = (a: Float64Array, b: Float64Array): number => norm(a.map((value, i) => value - b[i]!));

  it("holds with one constant for all budgets", async () => {
    const budgets = [0.5, 1, 2, 4];
    const runs: { readonly budget: number; readonly error: number; readonly rate: number; readonly moves: number }[] = [];
    for (const budget of budgets) {
      const states: Float64Array[] = [];
      const { steps: made } = await restore({
        oracle,
        operator: nothing,
        baseline: ddnm({ eta: 0, travelFrom: "x0" }),
        uncertainty: exactEstimator(),
        precision: "float64",
        scheduler: landing(satpScheduler(satp.options.parse({ rule: "paper", floor: 0, steps, budget, dataVariance: 1, most: null }))),
        inspect: (_step, values) => states.push(Float64Array.from(values.get("x")!.data)),
      });
      const moves = made.flatMap(({ from, decision }) => (decision.kind === "step" && decision.to > 0 ? [{ from, to: decision.to }] : []));
      // One grid position is one unit of time.
      const rates = moves.map(({ from, to }) => distance(ddim(exactAt(from), from, to), exactAt(to)) / (budget * (from - to)));
      runs.push({ budget, error: distance(states.at(-2)!, exactAt(1)), rate: Math.max(...rates), moves: moves.length });
    }

    const constant = Math.max(...runs.map(({ rate }) => rate));
    // The drift of a pixel is (1/2) d/dt log(a l + 1 - a) times its distance from the mean.
    const slopes = levels
      .slice(1, -1)
      .flatMap((to, k) =>
        Array.from(
          variance,
          (l) => Math.abs(Math.log((schedule.alphaBar[to]! * (l - 1) + 1) / (schedule.alphaBar[levels[k]!]! * (l - 1) + 1))) / 2,
        ),
      );
    const lipschitz = Math.max(...slopes);
    const bound = (budget: number): number => ((constant * budget) / lipschitz) * Math.expm1(lipschitz * (steps - 1));
    for (const { budget, error } of runs) expect(error).toBeLessThanOrEqual(bound(budget));

    // Linear: the constant of the hypothesis is the same for all budgets, and twice the budget makes twice the error.
    for (const { rate } of runs) expect(rate / constant).toBeGreaterThan(0.6);
    runs.slice(1).forEach(({ error, moves }, i) => {
      expect(error / runs[i]!.error).toBeGreaterThan(1.8);
      expect(error / runs[i]!.error).toBeLessThan(2.2);
      expect(moves).toBeLessThan(0.6 * runs[i]!.moves);
    });
  });
});

/** Stops over at the cleanest noisy level on its way to the clean one. */
function landing<S extends { readonly levels: readonly number[] }>(scheduler: StepScheduler<S>): StepScheduler<S> {
  return {
    ...scheduler,
    maxSteps: (schedule) => scheduler.maxSteps(schedule) + 1,
    decide(at, state) {
      const made = scheduler.decide(at, state);
      if (made.decision.kind === "stop" || made.decision.to > 0 || at.from === 1) return made;
      return { decision: { ...made.decision, to: 1 }, state: { ...made.state, at: state.levels.length - 2 } };
    },
  };
}
