import { describeBackend } from "@leader/core/testing";
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

describeBackend("onnx backend, cpu", () => make("cpu"));
for (const provider of ["cuda", "webgpu"] as const) {
  describeBackend(`onnx backend, ${provider}`, () => make(provider), { unavailable: await reasonAgainst(provider) });
}
