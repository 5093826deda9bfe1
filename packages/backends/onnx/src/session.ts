import type { InferenceSession, Tensor } from "onnxruntime-node";
import { type Aval, avalsOf, type DeviceTensor, type Executable, formatAval, type Graph, isOp, isRecord } from "@leader/graph";
import { coreErrors } from "@leader/core";
import { writeOnnx } from "@leader/graph/onnx";
import { cpuForms } from "./cpu-forms.js";
import { OnnxTensor, type ReadBack } from "./device-tensor.js";
import { errors } from "./error-codes.js";
import { WeightFolder } from "./weight-folder.js";
import { firstLine, type Runtime } from "./runtime.js";

/** What every session of one backend shares. */
export interface SessionContext {
  readonly runtime: Runtime;
  /** For messages. */
  readonly provider: string;
  readonly options: InferenceSession.SessionOptions;
  /** True if results stay in buffers of the device. */
  readonly keepsTensors: boolean;
  /** Weights of more than this many bytes together go to the runtime as a file, which it maps into memory instead of copying. */
  readonly embeddedWeightBytes: number;
  readonly readBack: ReadBack;
}

/** Constants below this size stay in the model even if the others go to a file. */
const smallestExternalBytes = 1024;
const weightFile = "weights.bin";

/** Compiles a graph without `Function` nodes into one session. */
export async function createSession(given: Graph, context: SessionContext): Promise<Executable> {
  const graph = context.provider === "cpu" ? cpuForms(given) : given;
  const large = weightBytes(graph) > context.embeddedWeightBytes;
  const written = writeOnnx(numbered(graph), {
    name: "graph",
    ...(large ? { externalWeights: { minBytes: smallestExternalBytes, fileName: weightFile } } : {}),
  });
  const folder = written.externalData === undefined ? undefined : await WeightFolder.create(weightFile, written.externalData);
  try {
    const session = await context.runtime.InferenceSession.create(written.model, sessionOptions(graph, context, folder));
    await folder?.mapped();
    return new OnnxExecutable(graph, session, context, folder);
  } catch (cause) {
    await folder?.remove();
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

const weightBytes = (graph: Graph): number =>
  graph.nodes.reduce((sum, node) => sum + (isOp(node, "Constant") ? node.attrs.value.data.byteLength : 0), 0);

function sessionOptions(graph: Graph, context: SessionContext, folder: WeightFolder | undefined): InferenceSession.SessionOptions {
  const avals = avalsOf(graph);
  const session = folder === undefined ? {} : { model_external_initializers_file_folder_path: folder.path };
  const stated = context.options.extra?.["session"];
  const extra = { ...context.options.extra, session: { ...(isRecord(stated) ? stated : {}), ...session } };
  // Boolean results come from nodes that the cpu runs, and are small.
  const located = graph.outputs.map((id, i) => [outputName(i), avals[id]!.dtype === "bool" ? "cpu" : "gpu-buffer"] as const);
  return { ...context.options, extra, ...(context.keepsTensors ? { preferredOutputLocation: Object.fromEntries(located) } : {}) };
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
    return this.#outputs.map((aval, i) => new OnnxTensor(aval, results[outputName(i)] as Tensor, this.#context.readBack));
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
      throw errors.ONNXRUNTIME_RUN_FAILED(parameters, { cause, ...(stage === undefined ? {} : { stage }) });
    }
  }
}

/** The caller's inputs have passed `checkInputs`; the others were computed by sessions of this backend. */
function valueOf(input: DeviceTensor): Tensor {
  if (input instanceof OnnxTensor) return input.value;
  throw coreErrors.BAD_ARGUMENT({ function: "Executable.run", expected: "tensors of an onnx backend", received: formatAval(input) });
}

/** `graph of 62 nodes (baseline/ddnm, ucpm)`. */
export function describeGraph(graph: Graph): string {
  const stages = [...new Set(graph.nodes.map((node) => node.scope))].filter((scope) => scope !== "");
  return `graph of ${graph.nodes.length} nodes${stages.length === 0 ? "" : ` (${stages.join(", ")})`}`;
}

/** The writer names nodes `<scope>/<op>`; onnxruntime quotes the name of the node that failed. */
function stageOf(message: string): string | undefined {
  return /Name:'(.+)\/[^/']+'/u.exec(message)?.[1];
}
