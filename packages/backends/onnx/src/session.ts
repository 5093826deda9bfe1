import type { InferenceSession, Tensor } from "onnxruntime-node";
import {
  avalsOf,
  defined,
  describeGraph,
  formatAval,
  isLeaderError,
  isRecord,
  type Aval,
  type DeviceTensor,
  type Executable,
  type Graph,
} from "@leader/graph";
import { coreErrors } from "@leader/core";
import { writeOnnx } from "@leader/graph/onnx";
import { BlockedForms } from "./blocked-forms.js";
import { planBlocks } from "./blocked-plan.js";
import { channelBlockOf, channelBlocks } from "./channel-block.js";
import { cpuForms } from "./cpu-forms.js";
import { OnnxTensor, type ReadBack } from "./device-tensor.js";
import { errors } from "./error-codes.js";
import { convolvesPlanesOnly } from "./plane-convolution.js";
import { resultOf } from "./results.js";
import type { WeightFolder } from "./weight-folder.js";
import { weightBytes, WeightPlaces } from "./weight-places.js";
import { firstLine, type Runtime } from "./runtime.js";

/** What every session of one backend shares. */
export interface SessionContext {
  readonly runtime: Runtime;
  /** For messages. */
  readonly provider: string;
  readonly options: InferenceSession.SessionOptions;
  /** True if results stay in buffers of the device. */
  readonly keepsTensors: boolean;
  /** Undefined: by the size of the network. */
  readonly memoryPattern: boolean | undefined;
  /** Weights in memory of more than this many bytes together go to the runtime as a file, which it maps into memory instead of copying. */
  readonly embeddedWeightBytes: number;
  readonly readBack: ReadBack;
}

/**
 * A memory pattern is planned after the first run, and its block stands beside the memory of that run. On the cpu it gains no time: the second
 * evaluation takes the longer, since it touches new memory (docs/performance.md). On devices, where this was not measured, it is planned for
 * networks of less than 50 million weights of float32.
 */
const unplannedBytes = 200e6;

/** Compiles a graph without `Function` nodes into one session. */
export async function createSession(given: Graph, context: SessionContext): Promise<Executable> {
  const graph = context.provider === "cpu" ? cpuForms(given) : given;
  // Of a blur, in whatever form, what is kept of a run for the next one is most of what it takes.
  const arena = !(context.provider === "cpu" && convolvesPlanesOnly(given));
  const weights = await WeightPlaces.of(graph, context.embeddedWeightBytes);
  const { folder } = weights;
  try {
    weights.checkUnchanged();
    const forms = await blockedForms(graph, context);
    const { model, externalData } = writeOnnx(numbered(graph), { name: "graph", externalWeights: weights.external, ...defined({ forms }) });
    if (externalData !== undefined) await folder?.write(externalData);
    const session = await context.runtime.InferenceSession.create(model, sessionOptions(graph, { ...context, arena }, weights));
    weights.checkUnchanged();
    await folder?.mapped();
    return new OnnxExecutable(graph, session, context, folder);
  } catch (cause) {
    await folder?.remove();
    if (isLeaderError(cause)) throw cause;
    throw errors.ONNXRUNTIME_SESSION_FAILED(
      { graph: describeGraph(graph), provider: context.provider, problem: firstLine(cause) },
      { cause },
    );
  }
}

/** Params get short names: those that the host gives need not be distinct for the runtime. */
const numbered = (graph: Graph): Graph => ({ ...graph, params: graph.params.map((param, i) => ({ ...param, name: inputName(i) })) });
const inputName = (position: number): string => `input${position}`;
const outputName = (position: number): string => `output${position}`;

function sessionOptions(
  graph: Graph,
  context: SessionContext & { readonly arena: boolean },
  { base }: WeightPlaces,
): InferenceSession.SessionOptions {
  const avals = avalsOf(graph);
  const { inMemory, stored } = weightBytes(graph);
  const enableMemPattern = context.memoryPattern ?? (context.provider !== "cpu" && inMemory + stored < unplannedBytes);
  const session = defined({ model_external_initializers_file_folder_path: base });
  const stated = context.options.extra?.["session"];
  const extra = { ...context.options.extra, session: { ...(isRecord(stated) ? stated : {}), ...session } };
  // Boolean results come from nodes that the cpu runs, and are small.
  const located = graph.outputs.map((id, i) => [outputName(i), avals[id]!.dtype === "bool" ? "cpu" : "gpu-buffer"] as const);
  return {
    ...context.options,
    ...defined({ graphOptimizationLevel: levelFor(graph, context) }),
    enableMemPattern,
    ...(context.arena ? {} : { enableCpuMemArena: false }),
    extra,
    ...(context.keepsTensors ? { preferredOutputLocation: Object.fromEntries(located) } : {}),
  };
}

/**
 * The cpu's own layout of images holds many channels together. A blur of single planes is a tenth slower in it, and takes four times the memory
 * beside its results.
 */
function levelFor(graph: Graph, { provider, options }: SessionContext): "extended" | undefined {
  const level = options.graphOptimizationLevel;
  return provider === "cpu" && (level === "all" || level === "layout") && convolvesPlanesOnly(graph) ? "extended" : undefined;
}

/** Forms for what the cpu computes on blocks of channels, where the graph gains by them and the host lets the runtime choose layouts. */
async function blockedForms(graph: Graph, { runtime, provider, options }: SessionContext): Promise<BlockedForms | undefined> {
  const { graphOptimizationLevel: level } = options;
  if (provider !== "cpu" || (level !== "all" && level !== "layout")) return undefined;
  // What gains by larger blocks does by smaller ones.
  if (planBlocks(graph, Math.min(...channelBlocks)) === undefined) return undefined;
  const block = await channelBlockOf(runtime);
  const plan = block === undefined ? undefined : planBlocks(graph, block);
  return block === undefined || plan === undefined ? undefined : new BlockedForms(graph, plan, block);
}

class OnnxExecutable implements Executable {
  readonly #graph: Graph;
  readonly #outputs: readonly Aval[];
  readonly #context: SessionContext;
  readonly #folder: WeightFolder | undefined;
  #session: InferenceSession | undefined;

  constructor(graph: Graph, session: InferenceSession, context: SessionContext, folder: WeightFolder | undefined) {
    const avals = avalsOf(graph);
    this.#graph = graph;
    this.#outputs = graph.outputs.map((id) => avals[id]!);
    this.#session = session;
    this.#context = context;
    this.#folder = folder;
  }

  async run(inputs: readonly DeviceTensor[]): Promise<readonly DeviceTensor[]> {
    if (this.#session === undefined) throw coreErrors.USE_AFTER_DISPOSE({ what: `the ${describeGraph(this.#graph)}` });
    const results = await this.#call(this.#session, Object.fromEntries(inputs.map((input, i) => [inputName(i), valueOf(input)])));
    return this.#outputs.map((aval, i) => new OnnxTensor(aval, resultOf(results, outputName(i)), this.#context.readBack));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const session = this.#session;
    this.#session = undefined;
    await session?.release();
    await this.#folder?.remove();
  }

  async #call(session: InferenceSession, values: InferenceSession.FeedsType): Promise<InferenceSession.ReturnType> {
    try {
      return await session.run(values);
    } catch (cause) {
      const problem = firstLine(cause);
      const stage = stageOf(problem);
      const parameters = { graph: describeGraph(this.#graph), provider: this.#context.provider, problem };
      throw errors.ONNXRUNTIME_RUN_FAILED(parameters, { cause, ...defined({ stage }) });
    }
  }
}

/** The caller's inputs have passed `checkInputs`; the others were computed by sessions of this backend. */
function valueOf(input: DeviceTensor): Tensor {
  if (input instanceof OnnxTensor) return input.value;
  throw coreErrors.BAD_ARGUMENT({ function: "Executable.run", expected: "tensors of an onnx backend", received: formatAval(input) });
}

/** The writer names nodes `<scope>/<op>`; onnxruntime quotes the name of the node that failed. */
function stageOf(message: string): string | undefined {
  return /Name:'(.+)\/[^/']+'/u.exec(message)?.[1];
}
