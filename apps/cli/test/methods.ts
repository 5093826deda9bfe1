import type { HostTensor } from "@leader/graph";
import { createPipeline, parsePipeline, type Pipeline, type PipelineObject, type RestoreOptions, type RestoreResult } from "leader-restore";
import { stringify } from "yaml";
import { bundledSources } from "./bundled-sources.js";

/** A baseline of this project on a task that suits it. */
export interface Method {
  readonly baseline: { readonly use: string; readonly with?: Readonly<Record<string, unknown>> };
  readonly operator: PipelineObject["operator"];
  /** Of the measurement, for [0,1] images. */
  readonly noise: number;
  /** True if the result fits a measurement without noise exactly. */
  readonly fits?: true;
  /** True if the baseline adds no fresh noise that an estimator could learn from. */
  readonly deterministic?: true;
  /** True if a step may take fewer evaluations than its graphs allow. */
  readonly stopsEarly?: true;
  /** Network evaluations before the first step. Default 0. */
  readonly firstEvaluations?: number;
}

const pooling = { use: "@leader/operators#super-resolution", with: { factor: 2, method: "average-pool" } };
const bicubic = { use: "@leader/operators#super-resolution", with: { factor: 4 } };
const blur = { use: "@leader/operators#gaussian-blur" };
const motion = { use: "@leader/operators#motion-blur", with: { size: 9 } };
const sensing = { use: "@leader/operators#walsh-hadamard" };
const colour = { use: "@leader/operators#colorization" };
const missing = { use: "@leader/operators#inpainting", with: { random: {} } };

/** Every baseline stage that reads the measurement, noise-free and noisy where it treats the two differently. */
export const methods: Readonly<Record<string, Method>> = {
  ddnm: { baseline: { use: "@leader/baseline-ddnm#ddnm" }, operator: bicubic, noise: 0, fits: true },
  "ddnm-plus": { baseline: { use: "@leader/baseline-ddnm#ddnm-plus" }, operator: motion, noise: 0.05 },
  "ddnm-plus-simplified": { baseline: { use: "@leader/baseline-ddnm#ddnm-plus-simplified" }, operator: sensing, noise: 0.05 },
  "ddnm-plus-simplified, noise-free": {
    baseline: { use: "@leader/baseline-ddnm#ddnm-plus-simplified" },
    operator: colour,
    noise: 0,
    fits: true,
  },
  ddrm: { baseline: { use: "@leader/baseline-ddrm#ddrm" }, operator: bicubic, noise: 0.05 },
  "ddrm, projected": {
    baseline: { use: "@leader/baseline-ddrm#ddrm", with: { finalOutput: "projected" } },
    operator: sensing,
    noise: 0,
    fits: true,
  },
  diffpir: { baseline: { use: "@leader/baseline-diffpir#diffpir" }, operator: blur, noise: 0.05 },
  "diffpir-back-projection": { baseline: { use: "@leader/baseline-diffpir#diffpir-back-projection" }, operator: pooling, noise: 0.05 },
  "diffpir-gradient": { baseline: { use: "@leader/baseline-diffpir#diffpir-gradient" }, operator: motion, noise: 0.05 },
  ddpg: { baseline: { use: "@leader/baseline-ddpg#ddpg" }, operator: motion, noise: 0.05 },
  "ddpg, noise-free": { baseline: { use: "@leader/baseline-ddpg#ddpg", with: { zeta: 0.7, stepMode: 0 } }, operator: bicubic, noise: 0 },
  idpg: { baseline: { use: "@leader/baseline-ddpg#idpg" }, operator: blur, noise: 0.05, deterministic: true },
  projdiff: {
    baseline: { use: "@leader/baseline-projdiff#projdiff" },
    operator: bicubic,
    noise: 0.05,
    deterministic: true,
    firstEvaluations: 1,
  },
  "projdiff, noise-free": {
    baseline: { use: "@leader/baseline-projdiff#projdiff" },
    operator: missing,
    noise: 0,
    fits: true,
    firstEvaluations: 1,
  },
  "projdiff-scalar": {
    baseline: { use: "@leader/baseline-projdiff#projdiff-scalar", with: { singularValue: 0.5 } },
    operator: pooling,
    noise: 0.05,
    deterministic: true,
    firstEvaluations: 1,
  },
  pirp: { baseline: { use: "@leader/baseline-pirp#pirp" }, operator: motion, noise: 0.05 },
  fdgr: { baseline: { use: "@leader/baseline-pirp#fdgr" }, operator: blur, noise: 0.05 },
  dps: { baseline: { use: "@leader/baseline-dps#dps", with: { scale: 0.02 } }, operator: motion, noise: 0.05 },
  mcg: { baseline: { use: "@leader/baseline-dps#mcg", with: { scale: 0.02 } }, operator: missing, noise: 0, fits: true },
  pigdm: { baseline: { use: "@leader/baseline-pigdm#pigdm" }, operator: bicubic, noise: 0 },
  "pigdm, noisy": { baseline: { use: "@leader/baseline-pigdm#pigdm", with: { guidance: "posterior" } }, operator: blur, noise: 0.05 },
  sitcom: {
    baseline: { use: "@leader/baseline-sitcom#sitcom", with: { evaluations: 4 } },
    operator: sensing,
    noise: 0.05,
    stopsEarly: true,
  },
  dpps: { baseline: { use: "@leader/baseline-dpps#dpps", with: { scale: 0.02, candidates: 4 } }, operator: sensing, noise: 0.05 },
  fgps: { baseline: { use: "@leader/baseline-fgps#fgps", with: { scaleStart: 0.02, scaleEnd: 0.02 } }, operator: motion, noise: 0.05 },
  spgd: {
    baseline: { use: "@leader/baseline-spgd#spgd", with: { evaluations: 2 } },
    operator: blur,
    noise: 0.05,
    deterministic: true,
  },
  zaps: { baseline: { use: "@leader/baseline-zaps#zaps" }, operator: blur, noise: 0.05 },
  repaint: { baseline: { use: "@leader/baseline-repaint#repaint" }, operator: missing, noise: 0, fits: true },
  daps: {
    baseline: { use: "@leader/baseline-daps#daps", with: { odeSteps: 2, iterations: 4 } },
    operator: blur,
    noise: 0.05,
  },
  "red-diff": { baseline: { use: "@leader/baseline-red-diff#red-diff" }, operator: bicubic, noise: 0 },
  dcdp: { baseline: { use: "@leader/baseline-dcdp#dcdp", with: { evaluations: 2, iterations: 4 } }, operator: motion, noise: 0.05 },
  rdmd: { baseline: { use: "@leader/baseline-rdmd#rdmd" }, operator: bicubic, noise: 0.05 },
  cddb: { baseline: { use: "@leader/baseline-cddb#cddb" }, operator: sensing, noise: 0.05 },
};

/** EquS on any of them. */
export const equs = { wrapper: { use: "@leader/baseline-equs#equs" } } as const;

/** HGU on those that take a gradient through the network. */
export const hgu = { wrapper: { use: "@leader/baseline-hgu#hgu" } } as const;

/** A method on an analytic prior and the ONNX backend unless `changes` say otherwise. */
const pipelineOf = ({ baseline, operator, noise }: Method, changes: Partial<PipelineObject>): PipelineObject => ({
  noise,
  operator,
  baseline,
  denoiser: { use: "leader#gaussian" },
  backend: { use: "@leader/backend-onnx#cpu", with: { threads: 1 } },
  ...changes,
});

/** The pipeline of a method as an object. */
export const methodPipeline = (method: Method, changes: Partial<PipelineObject>): Promise<Pipeline> =>
  createPipeline(pipelineOf(method, changes), { bundled: bundledSources });

/** The pipeline of a method as a file, with lines added to it. */
export const methodFile = (method: Method, changes: Partial<PipelineObject>, lines: readonly string[]): Promise<Pipeline> =>
  parsePipeline(`${stringify({ apiVersion: "leader/v1", ...pipelineOf(method, changes) })}${lines.join("\n")}\n`, "pipeline.yaml", {
    bundled: bundledSources,
  });

/** Restores one measurement in this process. */
export async function restoreHere(pipeline: Pipeline, y: HostTensor, options: RestoreOptions = {}): Promise<RestoreResult> {
  await using session = await pipeline.open({ isolate: false });
  return await session.restore(y, options).result;
}

/** A smooth picture with structure in every channel, in [-1,1]. */
export const smoothPicture = (side: number): HostTensor => ({
  shape: [1, 3, side, side],
  dtype: "float32",
  data: Float32Array.from({ length: 3 * side * side }, (_, i) => {
    const [channel, row, column] = [Math.floor(i / side ** 2), Math.floor(i / side) % side, i % side];
    return 0.6 * Math.sin(row / 3 + channel) * Math.cos(column / 4 - channel) + 0.2 * Math.sin(row * column);
  }),
});
