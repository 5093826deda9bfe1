import { normals, type HostTensor } from "@leader/graph";
import type { Session, StageObject } from "leader-restore";
import type { PhotoPipelineOptions } from "./photo-stages.js";

const operator = (name: string, options: Readonly<Record<string, unknown>> = {}): StageObject => ({
  use: `@leader/operators#${name}`,
  with: options,
});
const operators: readonly StageObject[] = [
  operator("denoising"),
  operator("inpainting", { random: { fraction: 0.5, seed: 1 } }),
  operator("super-resolution", { method: "bicubic", factor: 2 }),
  operator("super-resolution", { method: "average-pool", factor: 4 }),
  operator("gaussian-blur", { size: 5, sigma: 1 }),
  operator("uniform-blur", { size: 3 }),
  operator("anisotropic-blur", { size: 5 }),
  operator("colorization"),
  operator("walsh-hadamard", { ratio: 0.5, seed: 1 }),
  operator("block-compressed-sensing", { ratio: 0.5, seed: 1, blockSize: 8 }),
];

/** Every operator with DDNM+ alone, and with LEADer on top. */
export const operatorPipelines: readonly Omit<PhotoPipelineOptions, "steps">[] = operators.flatMap((one) => [
  { operator: one, baseline: { use: "@leader/baseline-ddnm#ddnm-plus" }, plain: true },
  { operator: one, baseline: { use: "@leader/baseline-ddnm#ddnm-plus" } },
]);

/** A small picture of noise. They differ in contrast, so that their uncertainties differ, and with them LEADer's decisions. */
export const cleanPicture = (image: number, size = 16): HostTensor => ({
  shape: [1, 3, size, size],
  dtype: "float32",
  data: normals({ seed: 1, image, step: 0, name: "determinism" }, 3 * size * size).map((z) => (0.1 + 0.05 * image) * z),
});

export const restoreOne = async (session: Session, y: HostTensor, image: number): Promise<HostTensor> =>
  (await session.restore(y, { seed: 3, image }).result).image;
