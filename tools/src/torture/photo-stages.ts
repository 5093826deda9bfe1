import { defined } from "@leader/graph";
import type { PipelineObject, PipelineOptions, StageObject } from "leader-restore";
import { photoPrior } from "../photo-pipeline.js";

/** The plugins that the lists use. */
export const bundledPlugins: NonNullable<PipelineOptions["bundled"]> = Object.fromEntries(
  ["@leader/operators", "@leader/baseline-ddnm", "@leader/backend-onnx"].map((name) => [name, { url: import.meta.resolve(name) }]),
);

export interface PhotoPipelineOptions {
  readonly steps: number;
  readonly operator?: StageObject;
  readonly baseline?: StageObject;
  readonly threads?: number;
  /** Without UCPM and SATP. */
  readonly plain?: boolean;
}

/** A pipeline with the photograph prior and LEADer on onnxruntime, as `createPipeline` takes it. */
export function photoPipeline({
  steps,
  operator = { use: "@leader/operators#inpainting", with: { random: { fraction: 0.5, seed: 1 } } },
  baseline = { use: "@leader/baseline-ddnm#ddnm-plus" },
  threads,
  plain = false,
}: PhotoPipelineOptions): readonly [PipelineObject, PipelineOptions] {
  const leader = { modulator: { use: "leader#ucpm" }, scheduler: { use: "leader#satp", with: { steps } } };
  const object: PipelineObject = {
    noise: 0.05,
    operator,
    baseline,
    denoiser: { use: "leader#onnx-file", with: { path: photoPrior } },
    backend: { use: "@leader/backend-onnx#cpu", with: defined({ threads }) },
    ...(plain ? { scheduler: { use: "leader#uniform", with: { steps } } } : leader),
  };
  return [object, { bundled: bundledPlugins }];
}
