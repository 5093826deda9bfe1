import { fileURLToPath } from "node:url";
import { normals, type HostTensor } from "@leader/graph";
import { photoPriorUrl } from "@leader/prior-photo";
import { loadPipeline, type Pipeline } from "leader-restore";

/** The bundled prior, as a file that `leader#onnx-file` reads. */
export const photoPrior = fileURLToPath(photoPriorUrl);

/** What pipelines take that name neither a backend nor a network: onnxruntime on the processor, and a prior. */
export const photoDefaults = (prior = photoPrior) => ({
  backend: { use: "@leader/backend-onnx#cpu" },
  denoiser: { use: "leader#onnx-file", with: { path: prior } },
});

/** A pipeline file with settings changed; onnxruntime on the processor, and a prior, where the file names none. */
export const openPhotoPipeline = async (file: string, set: readonly string[] = [], prior = photoPrior): Promise<Pipeline> =>
  await loadPipeline(file, { defaults: photoDefaults(prior), set });

/** One of the pipelines in `examples`. */
export const openExample = async (name: string, set: readonly string[] = [], prior = photoPrior): Promise<Pipeline> =>
  await openPhotoPipeline(fileURLToPath(new URL(`../../examples/${name}`, import.meta.url)), set, prior);

/** A picture of noise, where only time and memory are of interest. */
export const noisePicture = (size: number): HostTensor => ({
  shape: [1, 3, size, size],
  dtype: "float32",
  data: normals({ seed: 0, image: 0, step: 0, name: "bench" }, 3 * size * size).map((z) => z / 4),
});
