import { readFileSync } from "node:fs";
import { readOnnx } from "@leader/graph/onnx";
import { describeBackend, float32, randomTensor } from "@leader/graph/testing";
import { createOnnxBackend, type ProviderName } from "./index.js";
import { cpuOptions } from "./options.js";

const make = (provider: ProviderName) =>
  createOnnxBackend({ ...cpuOptions.parse({ threads: 2 }), prefer: [provider] }, { warn: () => undefined });

/** Why a provider cannot be used here; undefined if it can. */
async function reasonAgainst(provider: ProviderName): Promise<string | undefined> {
  try {
    await (await make(provider))[Symbol.asyncDispose]();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

const file = readFileSync(new URL("../../../priors/photo/prior.onnx", import.meta.url));
const image = [1, 3, 16, 16];
const prior = {
  graph: readOnnx(file, { inputShapes: { x: image, alpha_bar: [1] } }).graph,
  inputs: [randomTensor(image), float32([1], [0.5])],
};
const networks = { "the embedded prior": prior };

describeBackend("onnx backend, cpu", () => make("cpu"), { networks });
for (const provider of ["cuda", "webgpu"] as const) {
  describeBackend(`onnx backend, ${provider}`, () => make(provider), { unavailable: await reasonAgainst(provider), networks });
}
