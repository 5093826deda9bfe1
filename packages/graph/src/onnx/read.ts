import { errors } from "../error-codes.js";
import type { StoredFile } from "../stored.js";
import type { Aval, HostTensor } from "../values.js";
import type { Graph } from "../ir/graph.js";
import { equalShapes } from "../ir/shape.js";
import { eliminateDeadNodes } from "../transform/dce.js";
import { fromHostTensor } from "./constant.js";
import { graphType } from "./element-type.js";
import { decodeModel, type ExternalData, type TensorSource } from "./proto.js";
import { castConstant } from "./read/integer.js";
import { fedInputs, formatDeclared, resolveShapes, type Declared } from "./read/inputs.js";
import { dtypeOf } from "./read/node-context.js";
import { ModelReader } from "./read/model-reader.js";
import { Scope } from "./read/scope.js";

/** How a file is made into a graph of fixed shapes. */
export interface ReadOptions {
  /** Shapes of the inputs that the file leaves open; the others may be given too and are checked. */
  readonly inputShapes?: Readonly<Record<string, readonly number[]>>;
  /** Outputs to keep, in this order. Default: all of the file. What the others need is left out. */
  readonly outputs?: readonly string[];
  /** Opens files that hold weights; `externalDataReader` is one. Without it such files are refused. */
  readonly externalData?: ExternalData;
  /** The file itself, where the bytes are those of `leaveWeights`. */
  readonly self?: StoredFile;
  /** Inputs with a fixed value: they become part of the graph. */
  readonly constants?: Readonly<Record<string, HostTensor>>;
  /** Name of the file for messages. */
  readonly fileName?: string;
  /** Largest array, in elements, that the graph may contain. Default 2^28 (1 GiB of float32). */
  readonly maxElements?: number;
}

/** An input or output with its type in the graph language. */
export interface NamedAval {
  readonly name: string;
  readonly aval: Aval;
}

export interface ImportedGraph {
  /** One param per input, in the order of `inputs`. */
  readonly graph: Graph;
  readonly inputs: readonly NamedAval[];
  readonly outputs: readonly NamedAval[];
}

const DEFAULT_MAX_ELEMENTS = 2 ** 28;

/**
 * Reads an ONNX file as a graph for inputs of fixed shapes. Sizes that the file computes are computed here; 16- and 64-bit floats
 * become float32, all integers int32; dropout and batch normalisation are taken at inference.
 * @throws ONNX_UNREADABLE, ONNX_INVALID, ONNX_UNSUPPORTED (with all missing operations at once), ONNX_INPUTS, ONNX_TOO_LARGE, ONNX_EXTERNAL_DATA.
 */
export function readOnnx(bytes: Uint8Array, options: ReadOptions = {}): ImportedGraph {
  const file = options.fileName ?? "the ONNX file";
  const model = decodeModel(bytes, file);
  const graph = model.graph!;
  const source: TensorSource = {
    file,
    ...(options.externalData === undefined ? {} : { externalData: options.externalData }),
    ...(options.self === undefined ? {} : { self: options.self }),
  };
  const reader = new ModelReader(model, source, options.maxElements ?? DEFAULT_MAX_ELEMENTS);
  const constants = options.constants ?? {};
  const declared = fedInputs(graph, file);
  checkNames(declared, constants, file);
  const fed = declared.filter(({ name }) => !Object.hasOwn(constants, name));
  const shapes = resolveShapes(fed, options.inputShapes ?? {}, file);
  const inputs = fed.map(({ name, type }): NamedAval => ({ name, aval: { shape: shapes.get(name)!, dtype: graphType(type) } }));
  const scope = new Scope();
  for (const { name, aval } of inputs) scope.define(name, reader.builder.param(name, aval));
  for (const input of declared)
    if (Object.hasOwn(constants, input.name)) scope.define(input.name, fixedInput(input, constants[input.name]!, file));
  const names = wantedOutputs(
    graph.output.map((o) => o.name),
    options.outputs,
    file,
  );
  const values = reader.readGraph(graph, names, scope);
  const outputs = names.map((name, i): NamedAval => ({ name, aval: { shape: values[i]!.shape, dtype: dtypeOf(values[i]!) } }));
  return { graph: eliminateDeadNodes(reader.builder.build(values.map((value) => reader.lift(value)))), inputs, outputs };
}

const quoted = (names: readonly string[]): string => (names.length === 0 ? "none" : names.map((name) => `\`${name}\``).join(", "));

function checkNames(declared: readonly Declared[], constants: Readonly<Record<string, HostTensor>>, file: string): void {
  const names = declared.map((input) => input.name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw errors.ONNX_INVALID({ file, where: "the inputs", problem: `\`${twice}\` is declared twice` });
  const unknown = Object.keys(constants).find((name) => !names.includes(name));
  if (unknown !== undefined) {
    throw errors.ONNX_INPUTS({ file, problem: `there is no input \`${unknown}\` to fix; the file has ${quoted(names)}` });
  }
}

function fixedInput(input: Declared, value: HostTensor, file: string): ReturnType<typeof castConstant> {
  const rank = input.shape?.length ?? value.shape.length;
  const open = Array.from({ length: rank }, (_, i) => (typeof input.shape?.[i] === "number" ? input.shape[i] : (value.shape[i] ?? -1)));
  if (!equalShapes(open, value.shape)) {
    throw errors.ONNX_INPUTS({
      file,
      problem: `input \`${input.name}\` is ${formatDeclared(input)}, which a constant of shape [${value.shape.join(",")}] does not fit`,
    });
  }
  return castConstant(fromHostTensor(value), input.type);
}

function wantedOutputs(available: readonly string[], asked: readonly string[] | undefined, file: string): readonly string[] {
  const unknown = asked?.find((name) => !available.includes(name));
  if (unknown !== undefined) {
    throw errors.ONNX_INPUTS({ file, problem: `there is no output \`${unknown}\`; the file has ${quoted(available)}` });
  }
  return asked ?? available;
}
