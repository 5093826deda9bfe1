import { availableParallelism } from "node:os";
import type { InferenceSession, Tensor } from "onnxruntime-node";
import {
  formatAval,
  FunctionCache,
  runtimeBackend,
  trace,
  type Aval,
  type Backend,
  type DeviceTensor,
  type Executable,
  type Graph,
  type GraphRuntime,
  type HostTensor,
  type UnsupportedOp,
} from "@leader/graph";
import type { StageEnvironment } from "@leader/core";
import { writeOnnx } from "@leader/graph/onnx";
import { OnnxTensor } from "./device-tensor.js";
import type { ProviderName, SessionSettings } from "./options.js";
import { chooseProvider, executionProviders, formatPassedOver, hintsOf, providers, type Choice } from "./providers.js";
import { loadRuntime, type Runtime } from "./runtime.js";
import { resultOf } from "./results.js";
import { createSession, type SessionContext } from "./session.js";
import { unsupportedOps } from "./unsupported.js";

export interface OnnxBackendOptions extends SessionSettings {
  /** Providers in order of preference. */
  readonly prefer: readonly ProviderName[];
  readonly deviceId?: number;
  /** Size in bytes from which weights go to the runtime as a file. Default 200 MB: copies of less cost little. */
  readonly embeddedWeightBytes?: number;
}

const defaultEmbeddedWeightBytes = 200e6;

/**
 * Starts a backend on the first provider of `prefer` that works; those before it are named in `description` and in a warning.
 * @throws DEPENDENCY_MISSING without onnxruntime-node; ONNXRUNTIME_PROVIDER_UNAVAILABLE if no provider works.
 */
export async function createOnnxBackend(options: OnnxBackendOptions, environment: Pick<StageEnvironment, "warn">): Promise<Backend> {
  const runtime = await loadRuntime();
  const choice = await chooseProvider(runtime, options.prefer, options.deviceId ?? 0);
  if (choice.passedOver.length > 0) environment.warn("LEADER_ONNXRUNTIME_PROVIDER_FALLBACK", fallbackMessage(choice));
  return runtimeBackend(new OnnxRuntime(runtime, choice, options));
}

const fallbackMessage = (choice: Choice): string =>
  `running on ${choice.provider}: ${choice.passedOver.map(formatPassedOver).join("; ")}. To change that: ${[...hintsOf(choice.passedOver)].join("; ")}`;

class OnnxRuntime implements GraphRuntime {
  readonly name = "onnx";
  readonly description: string;
  readonly bodies: FunctionCache;
  readonly #provider: ProviderName;
  readonly #context: SessionContext;
  readonly #readers = new Map<string, Promise<InferenceSession>>();

  constructor(runtime: Runtime, { provider, passedOver }: Choice, options: OnnxBackendOptions) {
    const threads = options.threads ?? availableParallelism();
    const reasons = passedOver.length === 0 ? "" : ` (passed over: ${passedOver.map(formatPassedOver).join("; ")})`;
    this.description = `onnxruntime ${runtime.version}, ${provider}, ${threads} ${threads === 1 ? "thread" : "threads"}${reasons}`;
    this.#provider = provider;
    this.#context = {
      runtime,
      provider,
      options: sessionOptions(provider, threads, options),
      memoryPattern: provider === "directml" ? false : options.memoryPattern,
      keepsTensors: providers[provider].keepsTensors,
      embeddedWeightBytes: options.embeddedWeightBytes ?? defaultEmbeddedWeightBytes,
      readBack: (tensor, aval) => this.#readBack(tensor, aval),
    };
    this.bodies = bodiesFor(this.#context);
  }

  unsupported(graph: Graph): readonly UnsupportedOp[] {
    return unsupportedOps(graph, this.#provider);
  }

  async compileFlat(graph: Graph): Promise<Executable> {
    return await createSession(graph, this.#context);
  }

  upload({ shape, dtype, data }: HostTensor): OnnxTensor {
    const { Tensor } = this.#context.runtime;
    return new OnnxTensor({ shape, dtype }, new Tensor(dtype, data.slice(), shape), this.#context.readBack);
  }

  owns(tensor: DeviceTensor): tensor is OnnxTensor {
    return tensor instanceof OnnxTensor;
  }

  async end(): Promise<void> {
    for (const reader of this.#readers.values()) await (await reader).release();
    this.#readers.clear();
  }

  /** Through a session that copies to the host: `getData` on a tensor of the device aborts the process (onnxruntime-node 1.30). */
  async #readBack(tensor: Tensor, aval: Aval): Promise<Tensor> {
    const key = formatAval(aval);
    const { runtime, options, memoryPattern } = this.#context;
    const create = () => runtime.InferenceSession.create(copyModel(aval), { ...options, enableMemPattern: memoryPattern ?? true });
    const reader = this.#readers.get(key) ?? create();
    this.#readers.set(key, reader);
    return resultOf(await (await reader).run({ x: tensor }), "y");
  }
}

/** Compiled networks by what their sessions depend on, shared by all backends of the process: a model is loaded once. */
const sharedBodies = new Map<string, FunctionCache>();

/** Tensors that stay on a device are read by sessions of the backend that made them, which its networks must not outlive. */
function bodiesFor({ keepsTensors, options, memoryPattern, embeddedWeightBytes }: SessionContext): FunctionCache {
  if (keepsTensors) return new FunctionCache();
  const key = JSON.stringify([options, memoryPattern, embeddedWeightBytes]);
  const bodies = sharedBodies.get(key) ?? new FunctionCache();
  sharedBodies.set(key, bodies);
  return bodies;
}

const copyModel = (aval: Aval): Uint8Array =>
  writeOnnx(
    trace((x) => x, [aval], ["x"]),
    { name: "copy", outputNames: ["y"] },
  ).model;

/** Session configuration for each way of waiting; the binding takes the key `session.x.y` as { session: { "x.y": value } }. */
const waiting: Readonly<Record<SessionSettings["spinning"], Readonly<Record<string, string>>>> = {
  always: {},
  "during-run": { force_spinning_stop: "1" },
  never: { "intra_op.allow_spinning": "0" },
};

function sessionOptions(provider: ProviderName, threads: number, options: OnnxBackendOptions): InferenceSession.SessionOptions {
  return {
    executionProviders: executionProviders(provider, options.deviceId ?? 0),
    intraOpNumThreads: threads,
    graphOptimizationLevel: options.graphOptimization,
    enableCpuMemArena: options.memoryArena,
    logSeverityLevel: 4,
    extra: { session: waiting[options.spinning] },
  };
}
