/** Entry of the process that reads hostile networks and pictures: whatever becomes of it is an answer. */
import { readPicture, createPipeline, serve, type BundledPlugins } from "leader-restore";
import { externalDataReader, inspectOnnx, readOnnx } from "@leader/graph/onnx";

const bundled: BundledPlugins = Object.fromEntries(
  ["@leader/operators", "@leader/baseline-ddnm", "@leader/backend-onnx"].map((name) => [name, { url: import.meta.resolve(name) }]),
);

serve(
  {
    network: (bytes: Uint8Array) => {
      const summary = inspectOnnx(bytes, "mutant.onnx");
      const inputShapes = Object.fromEntries(
        summary.inputs.map(({ name, shape }) => [name, (shape ?? [1]).map((n) => (typeof n === "number" && n > 0 && n < 64 ? n : 1))]),
      );
      const { graph } = readOnnx(bytes, { fileName: "mutant.onnx", inputShapes });
      return Promise.resolve(graph.nodes.length);
    },
    networkIn: ({ bytes, folder }: { readonly bytes: Uint8Array; readonly folder: string }) => {
      const { graph } = readOnnx(bytes, { fileName: "mutant.onnx", externalData: externalDataReader(folder, "mutant.onnx") });
      return Promise.resolve(graph.nodes.length);
    },
    prior: async (path: string) => {
      const pipeline = await createPipeline(pipelineWith(path), { bundled });
      await using session = await pipeline.open({ isolate: false });
      const y = { shape: [1, 3, 8, 8], dtype: "float32" as const, data: Float32Array.from({ length: 192 }, (_, i) => Math.sin(i)) };
      const { image } = await session.restore(y).result;
      if (!image.data.every(Number.isFinite)) throw new RangeError("the result is not finite, and no error said so");
      return image.data.length;
    },
    picture: async (path: string) => (await readPicture(path)).tensor.data.length,
  },
  () => Promise.resolve(),
);

const pipelineWith = (path: string) => ({
  noise: 0.05,
  operator: { use: "@leader/operators#denoising" },
  denoiser: { use: "leader#onnx-file", with: { path, inputs: { as: "none" } } },
  baseline: { use: "@leader/baseline-ddnm#ddnm-plus" },
  scheduler: { use: "leader#uniform", with: { steps: 2 } },
  backend: { use: "@leader/backend-onnx#cpu", with: { threads: 1 } },
});
