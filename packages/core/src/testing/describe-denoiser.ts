import { beforeAll, describe, expect, it } from "vitest";
import type { Denoiser, DenoiserFactory, Level } from "../contract/denoiser.js";
import type { Stage, StageEnvironment } from "../contract/plugin.js";
import { type Aval, recordOf } from "@leader/graph";
import { isLeaderError } from "@leader/graph";
import { sizeOf } from "@leader/graph";
import type { Tensor } from "@leader/graph";
import { trace } from "@leader/graph";
import { levelFields } from "../engine/trace-context.js";
import { levelScalars } from "../schedule/noise-schedule.js";
import { checkGradients } from "@leader/graph/testing";
import { createStage } from "./create-stage.js";
import { combination, evaluator, norm, normalArray, relativeError } from "@leader/graph/testing";
import { thrownBy } from "./thrown-by.js";

export interface DescribeDenoiserOptions {
  /** Options of the stage. Default `{}`. */
  readonly options?: unknown;
  /** What the stage reads files with. Default: an environment without files. */
  readonly environment?: StageEnvironment;
  /** [1,C,H,W], small: everything runs in the float64 interpreter. Default [1,3,8,8]. */
  readonly image?: readonly number[];
  /** Largest relative error of an identity. Default 1e-4, for weights rounded to float32. */
  readonly tolerance?: number;
  /** False if the network has kinks (ReLU), which differences step over: its derivative is then not compared with them. Default true. */
  readonly smooth?: boolean;
}

const scalar: Aval = { shape: [], dtype: "float32" };
const wide = ({ shape, dtype }: Aval, count: number): Aval => ({ shape: [count, ...shape.slice(1)], dtype });

/**
 * Declares the conformance tests of a denoiser: its schedule; that `x0` and `epsilon` are two sides of one prediction,
 * x = sqrt(alphaBar) x0 + sqrt(1 - alphaBar) epsilon; that images of a batch do not see each other; the derivative that it claims;
 * the posterior variance, if it has one, by Tweedie's second-order formula; the refusal of what is no image.
 */
export function describeDenoiser(name: string, stage: Stage<"denoiser">, options: DescribeDenoiserOptions = {}): void {
  const image: Aval = { shape: options.image ?? [1, 3, 8, 8], dtype: "float32" };
  describe(name, () => {
    let factory: DenoiserFactory;
    beforeAll(async () => {
      factory = await createStage(stage, options.options ?? {}, options.environment);
    });
    describeSchedule(() => factory);
    describePrediction(() => factory, image, options);
    describeDerivative(() => factory, image, options);
    it("refuses what is no image with a coded error", () => {
      const made = (): unknown => factory.at({ shape: [7], dtype: "float32" });
      expect(thrownBy(made)).toSatisfy(isLeaderError);
    });
  });
}

function describeSchedule(made: () => DenoiserFactory): void {
  it("has a schedule from clean to noisy, which its denoisers share", () => {
    const { schedule } = made();
    expect(schedule.alphaBar).toHaveLength(schedule.length);
    expect(schedule.timestep).toHaveLength(schedule.length);
    expect(schedule.alphaBar[0]).toBe(1);
    expect(schedule.timestep[0]).toBe(-1);
    for (let i = 1; i < schedule.length; i++) {
      expect(schedule.alphaBar[i]! < schedule.alphaBar[i - 1]!, `alphaBar falls at ${i}`).toBe(true);
      expect(schedule.timestep[i]! > schedule.timestep[i - 1]!, `timestep rises at ${i}`).toBe(true);
    }
    expect(schedule.alphaBar.at(-1)).toBeGreaterThan(0);
    expect(schedule.alphaBar.at(-1)).toBeLessThan(0.1);
  });
}

/** x0 and epsilon of states at a schedule index, one after the other, in the float64 interpreter. */
function predictor(denoiser: Denoiser): (x: Float64Array, index: number) => { readonly x0: Float64Array; readonly epsilon: Float64Array } {
  const n = sizeOf(denoiser.image.shape);
  const both = evaluator(
    (x, ...scalars) => {
      const { x0, epsilon } = denoiser.denoise(x, levelOf(scalars));
      return x0.reshape([n]).concat([epsilon.reshape([n])], 0);
    },
    [denoiser.image, ...levelFields.map(() => scalar)],
  );
  return (x, index) => {
    const values = both(x, ...scalarsAt(denoiser, index));
    return { x0: values.slice(0, n), epsilon: values.slice(n) };
  };
}

const levelOf = (scalars: readonly Tensor[]): Level => recordOf(levelFields, (field) => scalars[levelFields.indexOf(field)]!);

function scalarsAt({ schedule }: Denoiser, index: number): readonly Float64Array[] {
  const scalars = levelScalars(schedule, index);
  return levelFields.map((field) => Float64Array.of(scalars[field]));
}

/** Near clean, in the middle, and the noisiest. */
const testedLevels = ({ schedule }: Denoiser): readonly number[] => [1, Math.floor(schedule.length / 2), schedule.length - 1];

function describePrediction(made: () => DenoiserFactory, image: Aval, { tolerance = 1e-4 }: DescribeDenoiserOptions): void {
  it("predicts a clean image and the noise that together are the state, at every level", () => {
    const denoiser = made().at(image);
    expect(denoiser.image).toEqual(image);
    const predict = predictor(denoiser);
    for (const index of testedLevels(denoiser)) {
      const x = normalArray(image, index, "state");
      const { x0, epsilon } = predict(x, index);
      const a = denoiser.schedule.alphaBar[index]!;
      expect([...x0, ...epsilon].every(Number.isFinite), `finite at level ${index}`).toBe(true);
      expect(relativeError(combination(Math.sqrt(a), x0, Math.sqrt(1 - a), epsilon), x), `level ${index}`).toBeLessThan(tolerance);
    }
  });

  it("answers to the state and to its level, the same each time", () => {
    const denoiser = made().at(image);
    const [predict, again] = [predictor(denoiser), predictor(made().at(image))];
    const levels = testedLevels(denoiser);
    const [near, far] = [levels[0]!, levels[2]!];
    const [x, other] = [normalArray(image, 1, "state"), normalArray(image, 2, "state")];
    expect(predict(x, far)).toEqual(again(x, far));
    expect(predict(other, near).x0).not.toEqual(predict(x, near).x0);
    expect(norm(combination(1, predict(x, near).x0, -1, predict(x, far).x0))).toBeGreaterThan(0);
  });

  it("gives every image of a batch what it would have alone", () => {
    const x = normalArray(wide(image, 2), 3, "state");
    const n = x.length / 2;
    const alone = made().at(image);
    const index = testedLevels(alone)[1]!;
    const together = predictor(made().at(wide(image, 2)))(x, index);
    expect(relativeError(together.x0.slice(n), predictor(alone)(x.slice(n), index).x0)).toBeLessThan(tolerance);
  });
}

function describeDerivative(made: () => DenoiserFactory, image: Aval, options: DescribeDenoiserOptions): void {
  const { tolerance = 1e-4, smooth = true } = options;
  it.runIf(smooth)("has the derivative that it claims", (context) => {
    const denoiser = made().at(image);
    if (!denoiser.differentiable) return context.skip("it claims none");
    const graph = trace((x, ...scalars) => denoiser.denoise(x, levelOf(scalars)).x0, [image, ...levelFields.map(() => scalar)]);
    for (const index of testedLevels(denoiser)) {
      const x = { ...image, data: Float32Array.from(normalArray(image, index, "state")) };
      const scalars = scalarsAt(denoiser, index).map((data) => ({ ...scalar, data: Float32Array.from(data) }));
      expect(checkGradients(graph, [x, ...scalars], { wrt: [0], tolerance }).maxRelativeError).toBeLessThan(tolerance);
    }
  });

  it("has the posterior variance that its mean implies: (1 - alphaBar) / sqrt(alphaBar) times the diagonal of its derivative", (context) => {
    const denoiser = made().at(image);
    const { posteriorVariance } = denoiser;
    if (posteriorVariance === undefined) return context.skip("it states none");
    const n = sizeOf(image.shape);
    const stated = evaluator(
      (x, ...scalars) => posteriorVariance.call(denoiser, x, levelOf(scalars)).expand(image.shape),
      [image, ...levelFields.map(() => scalar)],
    );
    const predict = predictor(denoiser);
    const index = testedLevels(denoiser)[1]!;
    const a = denoiser.schedule.alphaBar[index]!;
    const x = normalArray(image, 4, "state");
    const step = 1e-3;
    const moved = (i: number, by: number): number =>
      predict(
        x.map((value, k) => (k === i ? value + by : value)),
        index,
      ).x0[i]!;
    const implied = Float64Array.from(
      { length: n },
      (_, i) => (((1 - a) / Math.sqrt(a)) * (moved(i, step) - moved(i, -step))) / (2 * step),
    );
    expect(relativeError(stated(x, ...scalarsAt(denoiser, index)), implied)).toBeLessThan(10 * tolerance);
  });
}
