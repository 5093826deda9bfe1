import operatorPlugin from "@leader/operators";
import { uniformSteps, type Aval, type OperatorFactory, type Stage } from "@leader/core";
import { createStage, iterativeOperator, relativeError, type RestatedWalk } from "@leader/core/testing";
import { describe, expect, it } from "vitest";
import { restatedDdnm, restatedDdnmPlus, restatedSimplified } from "../../../packages/baselines/ddnm/test/restated.js";
import { restated as restatedDdpg } from "../../../packages/baselines/ddpg/test/restated.js";
import { restated as restatedDdrm } from "../../../packages/baselines/ddrm/test/restated.js";
import { backProjected, exact, oneGradient, restated as restatedDiffpir } from "../../../packages/baselines/diffpir/test/restated.js";
import { restated as restatedEqus } from "../../../packages/baselines/equs/test/restated.js";
import { fdgrBracket, pirpBracket, restated as restatedPirp } from "../../../packages/baselines/pirp/test/restated.js";
import { noiseFreeRestated, scalarRestated, spectralRestated } from "../../../packages/baselines/projdiff/test/restated.js";
import { restated as restatedRepaint } from "../../../packages/baselines/repaint/test/restated.js";
import {
  restatedDdim,
  restatedDdpm,
  restatedDpmSolver,
  restatedDpmSolverPlusPlus,
  restatedEdmHeun,
} from "../../../packages/baselines/samplers/test/restated.js";
import { methodPipeline, restoreHere, smoothPicture, type Method } from "./methods.js";
import { pixelDenoiser, pixelPrior } from "./pixel-prior.js";

const image: Aval = { shape: [1, 3, 32, 32], dtype: "float32" };

/** A method as written down, in float64. `options` are those of the stage with its defaults. */
type Restatement = (walk: RestatedWalk, options: never) => Float64Array;

interface Case extends Omit<Method, "baseline" | "operator"> {
  readonly baseline: string;
  readonly with?: Readonly<Record<string, unknown>>;
  readonly operator: keyof typeof operators;
  readonly wrapper?: Readonly<Record<string, unknown>>;
  readonly restated: Restatement;
  /** Default 8. Fewer where the restatement solves its systems slowly. */
  readonly steps?: number;
}

const operators = {
  bicubic: { use: "@leader/operators#super-resolution", with: { factor: 4 } },
  pooling: { use: "@leader/operators#super-resolution", with: { factor: 2, method: "average-pool" } },
  blur: { use: "@leader/operators#gaussian-blur" },
  motion: { use: "@leader/operators#motion-blur", with: { size: 9 } },
  bounded: { use: "@leader/operators#motion-blur", with: { size: 5, boundary: "zero" } },
  sensing: { use: "@leader/operators#walsh-hadamard" },
  colour: { use: "@leader/operators#colorization" },
  missing: { use: "@leader/operators#inpainting", with: { random: {} } },
  nothing: { use: "@leader/operators#denoising" },
} as const;

/** 1 where a pixel is measured. */
const knownPixels = ({ operator }: RestatedWalk): Float64Array => iterativeOperator(operator).apply(new Float64Array(3 * 32 * 32).fill(1));

const ddpgCase: Restatement = (walk, options) => restatedDdpg(options, true, walk, iterativeOperator(walk.operator));
const idpgCase: Restatement = (walk, options) => restatedDdpg(options, false, walk, iterativeOperator(walk.operator));
const pirpCase: Restatement = (walk, options) => restatedPirp(options, pirpBracket(options, image), walk);
const fdgrCase: Restatement = (walk, options) => restatedPirp(options, fdgrBracket(options, walk.oracle), walk);
const repaintCase: Restatement = (walk, options) => restatedRepaint(options, knownPixels(walk), walk);
const diffpirCase: Restatement = (walk, options) =>
  restatedDiffpir(options, exact, Float64Array.from(walk.y), walk, iterativeOperator(walk.operator));
const equsCase =
  (unflipNoise: boolean): Restatement =>
  (walk) =>
    restatedEqus({ transformation: "flip-horizontal", first: "original", unflipNoise }, knownPixels(walk), walk);

const cases: readonly Case[] = [
  { baseline: "ddnm#ddnm", operator: "bicubic", noise: 0, restated: (walk, options) => restatedDdnm(options, walk) },
  { baseline: "ddnm#ddnm", operator: "colour", noise: 0, restated: (walk, options) => restatedDdnm(options, walk) },
  { baseline: "ddnm#ddnm-plus", operator: "motion", noise: 0.05, restated: (walk, options) => restatedDdnmPlus(options, walk) },
  { baseline: "ddnm#ddnm-plus", operator: "bicubic", noise: 0.05, restated: (walk, options) => restatedDdnmPlus(options, walk) },
  {
    baseline: "ddnm#ddnm-plus-simplified",
    operator: "sensing",
    noise: 0.05,
    restated: (walk, options) => restatedSimplified(options, walk),
  },
  { baseline: "ddrm#ddrm", operator: "bicubic", noise: 0.05, restated: (walk, options) => restatedDdrm(options, walk) },
  { baseline: "ddrm#ddrm", operator: "motion", noise: 0.05, restated: (walk, options) => restatedDdrm(options, walk) },
  { baseline: "diffpir#diffpir", operator: "blur", noise: 0.05, restated: diffpirCase, steps: 4 },
  { baseline: "diffpir#diffpir", with: { start: "noise" }, operator: "sensing", noise: 0.05, restated: diffpirCase },
  {
    baseline: "diffpir#diffpir-back-projection",
    with: { iterations: 2 },
    operator: "blur",
    noise: 0.05,
    restated: (walk, options: never) => {
      const { gamma, iterations } = options as { readonly gamma: number; readonly iterations: number };
      return restatedDiffpir(options, backProjected(gamma, iterations), Float64Array.from(walk.y), walk, iterativeOperator(walk.operator));
    },
  },
  {
    baseline: "diffpir#diffpir-gradient",
    operator: "motion",
    noise: 0.05,
    restated: (walk, options) =>
      restatedDiffpir(options, oneGradient(false), Float64Array.from(walk.y), walk, iterativeOperator(walk.operator)),
  },
  { baseline: "ddpg#ddpg", operator: "bicubic", noise: 0.05, restated: ddpgCase },
  { baseline: "ddpg#ddpg", with: { iterations: 60 }, operator: "bounded", noise: 0.05, restated: ddpgCase, steps: 3 },
  { baseline: "ddpg#ddpg", with: { zeta: 0.7, stepMode: 0 }, operator: "sensing", noise: 0, restated: ddpgCase },
  { baseline: "ddpg#idpg", operator: "blur", noise: 0.05, restated: idpgCase },
  {
    baseline: "projdiff#projdiff",
    with: { stepSize: 0.7 },
    operator: "missing",
    noise: 0,
    restated: (walk, options) => noiseFreeRestated(options, walk),
  },
  {
    baseline: "projdiff#projdiff",
    with: { stepSize: 0.4 },
    operator: "bicubic",
    noise: 0.05,
    restated: (walk, options) => spectralRestated(options, walk),
  },
  {
    baseline: "projdiff#projdiff-scalar",
    with: { singularValue: 0.5, stepSize: 0.5 },
    operator: "pooling",
    noise: 0.05,
    restated: (walk, options) => scalarRestated(options, 0.5, walk),
  },
  { baseline: "pirp#pirp", operator: "pooling", noise: 0.05, restated: pirpCase },
  { baseline: "pirp#pirp", with: { stepMode: 0, zeta: 0.7 }, operator: "pooling", noise: 0, restated: pirpCase },
  // At their default strengths these priors multiply rounding errors many times over in every step.
  { baseline: "pirp#fdgr", with: { strength: -0.01 }, operator: "pooling", noise: 0.05, restated: fdgrCase },
  { baseline: "pirp#fdgr", with: { strength: 0.01, gradientPrior: "plus" }, operator: "pooling", noise: 0.05, restated: fdgrCase },
  { baseline: "repaint#repaint", operator: "missing", noise: 0, restated: repaintCase },
  { baseline: "ddnm#ddnm", operator: "missing", noise: 0, wrapper: {}, restated: equsCase(true) },
  { baseline: "ddnm#ddnm", operator: "missing", noise: 0, wrapper: { unflipNoise: false }, restated: equsCase(false) },
  { baseline: "samplers#ddpm", operator: "nothing", noise: 0, restated: (walk, options) => restatedDdpm(options, walk) },
  {
    baseline: "samplers#ddim",
    with: { eta: 0.5 },
    operator: "nothing",
    noise: 0,
    restated: (walk, options) => restatedDdim(options, walk),
  },
  { baseline: "samplers#dpm-solver", operator: "nothing", noise: 0, restated: (walk, options) => restatedDpmSolver(options, walk) },
  {
    baseline: "samplers#dpm-solver-plus-plus",
    operator: "nothing",
    noise: 0,
    restated: (walk, options) => restatedDpmSolverPlusPlus(options, walk),
  },
  { baseline: "samplers#edm-heun", operator: "nothing", noise: 0, restated: (walk, options) => restatedEdmHeun(options, walk) },
];

/** The share of fresh noise that a method takes where nobody states or proposes one, as published. */
const publishedShare: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  ddnm: { eta: 0.85 },
  ddrm: { eta: 0.85 },
  diffpir: { zeta: 0.3 },
  ddpg: { zeta: 0.5 },
  projdiff: { eta: 0 },
  pirp: { zeta: 0.5 },
};

const nameOf = ({ baseline, operator, noise, wrapper }: Case): string =>
  `${baseline}${wrapper === undefined ? "" : ` in EquS ${JSON.stringify(wrapper)}`}, ${operator}, noise ${noise}`;

async function operatorOf({ use, with: options }: { readonly use: string; readonly with?: unknown }) {
  const stage = (operatorPlugin.stages as Readonly<Record<string, unknown>>)[use.split("#")[1]!] as Stage<"operator">;
  const factory: OperatorFactory = await createStage(stage, options ?? {});
  return factory.at(image);
}

describe("a pipeline of 32 x 32 pixels on the ONNX backend walks the method as written down in float64", () => {
  it.for(cases.map((one) => [nameOf(one), one] as const))("%s", async ([, one], { annotate }) => {
    const { steps = 8 } = one;
    const method: Method = {
      baseline: { use: `@leader/baseline-${one.baseline}`, ...(one.with === undefined ? {} : { with: one.with }) },
      operator: operators[one.operator],
      noise: one.noise,
    };
    const pipeline = await methodPipeline(method, {
      denoiser: { use: pixelPrior },
      scheduler: { use: "leader#uniform", with: { steps } },
      ...(one.wrapper === undefined ? {} : { wrapper: { use: "@leader/baseline-equs#equs", with: one.wrapper } }),
    });
    const y = await pipeline.degrade(smoothPicture(32), { seed: 1 });
    const { image: restored } = await restoreHere(pipeline, y, { seed: 2 });
    const denoiser = pixelDenoiser(image);
    const walk: RestatedWalk = {
      oracle: { image, denoiser, schedule: denoiser.schedule },
      operator: await operatorOf(operators[one.operator]),
      y: y.data,
      noise: one.noise,
      seed: 2,
      levels: uniformSteps(denoiser.schedule, steps),
    };
    const share = publishedShare[one.baseline.split("#")[0]!] ?? {};
    const expected = one.restated(walk, { ...share, ...(pipeline.config.baseline.with as object) } as never);
    const error = relativeError(Float64Array.from(restored.data), expected);
    await annotate(`relative error ${error.toExponential(1)}`);
    expect(error).toBeLessThanOrEqual(1e-4);
  });
});
