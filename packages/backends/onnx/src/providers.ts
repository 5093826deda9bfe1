import type { InferenceSession } from "onnxruntime-node";
import { trace } from "@leader/graph";
import { writeOnnx } from "@leader/graph/onnx";
import { errors } from "./error-codes.js";
import type { ProviderName } from "./options.js";
import { firstLine, type Runtime } from "./runtime.js";
import { resultOf } from "./results.js";

interface Provider {
  /** How to get it, as an instruction. */
  readonly hint: string;
  /** True if results can stay on the device between graphs. */
  readonly keepsTensors: boolean;
}

const cudaHint = "on Linux x64 with CUDA 12 and cuDNN 9: leader add cuda --run, or onnxruntime-node with its install script by an override";

export const providers: Readonly<Record<ProviderName, Provider>> = {
  cpu: { hint: "reinstall onnxruntime-node", keepsTensors: false },
  cuda: { hint: cudaHint, keepsTensors: false },
  tensorrt: { hint: `${cudaHint}, and TensorRT 10`, keepsTensors: false },
  webgpu: { hint: "install a Vulkan driver (Linux), or use a system with Metal or Direct3D 12", keepsTensors: true },
  coreml: { hint: "CoreML exists on macOS only", keepsTensors: false },
  directml: { hint: "DirectML exists on Windows only", keepsTensors: false },
};

/** A provider that was tried and could not be used. */
export interface PassedOver {
  readonly provider: ProviderName;
  readonly reason: string;
}

export interface Choice {
  readonly provider: ProviderName;
  readonly passedOver: readonly PassedOver[];
}

/** Session option that asks for a provider. onnxruntime itself puts nodes without a kernel on the cpu. */
export function executionProviders(provider: ProviderName, deviceId: number): readonly InferenceSession.ExecutionProviderConfig[] {
  switch (provider) {
    case "cpu":
    case "coreml":
    case "webgpu":
      return [provider];
    case "cuda":
    case "tensorrt":
      return [{ name: provider, deviceId }];
    case "directml":
      return [{ name: "dml", deviceId }];
    default:
      return provider satisfies never;
  }
}

/**
 * The first provider that computes something right. What came before it is reported, never hidden.
 * @throws ONNXRUNTIME_PROVIDER_UNAVAILABLE with every reason if none does.
 */
export async function chooseProvider(runtime: Runtime, wanted: readonly ProviderName[], deviceId: number): Promise<Choice> {
  const passedOver: PassedOver[] = [];
  for (const provider of new Set(wanted)) {
    const reason = await whyUnusable(runtime, provider, deviceId);
    if (reason === undefined) return { provider, passedOver };
    passedOver.push({ provider, reason });
  }
  throw errors.ONNXRUNTIME_PROVIDER_UNAVAILABLE({ tried: passedOver.map(formatPassedOver), hints: [...hintsOf(passedOver)] });
}

export const formatPassedOver = ({ provider, reason }: PassedOver): string => `${provider}: ${reason}`;

export const hintsOf = (passedOver: readonly PassedOver[]): ReadonlySet<string> =>
  new Set(passedOver.map(({ provider }) => providers[provider].hint));

/** Runs a sum on the provider: creating a session alone would not notice a device that cannot compute. */
async function whyUnusable(runtime: Runtime, provider: ProviderName, deviceId: number): Promise<string | undefined> {
  try {
    const session = await runtime.InferenceSession.create(probe(), {
      executionProviders: executionProviders(provider, deviceId),
      logSeverityLevel: 4,
    });
    try {
      const results = await session.run({ x: new runtime.Tensor("float32", Float32Array.of(1, 2), [2]) });
      const [first, second] = resultOf(results, "y").data;
      return first === 2 && second === 4 ? undefined : `computed 1 + 1 = ${String(first)}`;
    } finally {
      await session.release();
    }
  } catch (error) {
    return explain(firstLine(error));
  }
}

/** onnxruntime says "backend not found" for a provider that its build does not know. */
const explain = (message: string): string =>
  message.includes("backend not found") ? `not part of onnxruntime-node for ${process.platform}-${process.arch}` : message;

const probe = (): Uint8Array =>
  writeOnnx(
    trace((x) => x.add(x), [{ shape: [2], dtype: "float32" }], ["x"]),
    { name: "probe", outputNames: ["y"] },
  ).model;
