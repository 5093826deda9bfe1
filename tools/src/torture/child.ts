/** Entry of the process that reads hostile networks and pictures: whatever becomes of it is an answer. */
import { externalDataReader, inspectOnnx, readOnnx } from "@leader/graph/onnx";
import { readPicture, serve } from "leader-restore";

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
    picture: async (path: string) => (await readPicture(path)).tensor.data.length,
  },
  () => Promise.resolve(),
);
