/** Writing graphs as ONNX files. */
import { create } from "@bufbuild/protobuf";
import { ModelProtoSchema, NodeProtoSchema, ValueInfoProtoSchema, type GraphProto, type NodeProto, type ValueInfoProto } from "onnx-buf";
import type { Aval } from "../values.js";
import { avalsOf, isOp, type Graph, type Node } from "../ir/graph.js";
import { dataTypeOf, encodeModel } from "./proto.js";
import { GraphWriter, type ExternalWeights } from "./write/graph-writer.js";
import type { Call } from "./write/lowering.js";
import { isWritten, loweringOf, type WrittenOp } from "./write/ops.js";

export type { ExternalWeights, GraphWriter } from "./write/graph-writer.js";

/** Forms that one runtime has beside those of the standard, for nodes that it runs faster so. Bodies of functions keep to the standard. */
export interface RuntimeForms {
  /** The operator set that they are of. */
  readonly domain: string;
  readonly version: number;
  /**
   * Writes a node, or leaves it to the standard form.
   * @param nameOf the name of an earlier value, as nodes of the standard read it.
   * @returns true if it has written the node, or will with a later one; the value is then asked of `read`.
   */
  write(writer: GraphWriter, node: Node, nameOf: (id: number) => string): boolean;
  /** The name of a value that `write` has written, as nodes of the standard read it. Asked once. */
  read(writer: GraphWriter, id: number): string;
}

export interface WriteOnnxOptions {
  /** Name of the graph in the file. */
  readonly name: string;
  /** Version of the standard operator set; both have every op of the table. Default 20, which more runtimes read. */
  readonly opset?: 20 | 21;
  /** Version of the file format. Default: the oldest that goes with the operator set (9 or 10). */
  readonly irVersion?: number;
  /** Names of the outputs, in order. Default `output0`, `output1`, ... */
  readonly outputNames?: readonly string[];
  /** Puts large weights into a second file. Default: everything in the model. A model above 2 GB cannot be encoded. */
  readonly externalWeights?: ExternalWeights;
  /** Default: the standard operator set alone. */
  readonly forms?: RuntimeForms;
}

export interface WrittenOnnx {
  readonly model: Uint8Array;
  /** Contents of the file that `externalWeights` names; absent if no weight is large enough. */
  readonly externalData?: Uint8Array;
}

const oldestFormat = { 20: 9, 21: 10 } as const;

/**
 * Writes a graph as an ONNX model of the standard operator set. Inputs keep the names of the params; `Function` nodes are
 * written by their bodies; equal constants are stored once.
 * @throws ONNX_INEXPRESSIBLE if a node has no equivalent in ONNX.
 */
export function writeOnnx(graph: Graph, options: WriteOnnxOptions): WrittenOnnx {
  const writer = new GraphWriter(options.externalWeights);
  const inputs = graph.params.map((param) => writer.uniqueName(param.name));
  const { opset = 20, forms } = options;
  const outputs = writeBody(writer, graph, inputs, "", forms);
  const model = encodeModel(
    create(ModelProtoSchema, {
      irVersion: BigInt(options.irVersion ?? oldestFormat[opset]),
      producerName: "leader",
      opsetImport: [{ domain: "", version: opset }, ...(forms === undefined ? [] : [forms])].map(({ domain, version }) => ({
        domain,
        version: BigInt(version),
      })),
      graph: graphInit(writer, graph, { name: options.name, inputs, outputs, wanted: options.outputNames ?? [] }),
    }),
  );
  const externalData = writer.externalData();
  return externalData === undefined ? { model } : { model, externalData };
}

/** Writes the nodes of a graph and returns the names of its outputs. */
function writeBody(writer: GraphWriter, graph: Graph, inputs: readonly string[], scope: string, forms?: RuntimeForms): readonly string[] {
  const avals = avalsOf(graph);
  const names: (string | undefined)[] = [...inputs];
  // What is neither a param nor of the standard is of the runtime's forms.
  const nameOf = (id: number): string => (names[id] ??= forms!.read(writer, id));
  const constants = new Map(graph.nodes.flatMap((node) => (isOp(node, "Constant") ? [[node.id, node.attrs.value] as const] : [])));
  for (const node of graph.nodes) {
    const label = join(scope, node.scope);
    writer.label(label);
    if (forms?.write(writer, node, nameOf) === true) continue;
    const operands = node.inputs.map(nameOf);
    if (isOp(node, "Function")) names[node.id] = writeBody(writer, node.attrs.body, operands, join(label, node.attrs.name))[0]!;
    if (!isWritten(node)) continue;
    const types = node.inputs.map((id) => avals[id]!);
    names[node.id] = writeNode(writer, node, { inputs: operands, types, constants: node.inputs.map((id) => constants.get(id)) });
  }
  return graph.outputs.map(nameOf);
}

const join = (outer: string, inner: string): string => [outer, inner].filter((part) => part !== "").join("/");

const writeNode = <K extends WrittenOp>(writer: GraphWriter, node: Node<K>, operands: Omit<Call<K>, "attrs" | "output">): string =>
  loweringOf(node.op)(writer, { ...operands, attrs: node.attrs, output: node.aval });

interface GraphNames {
  readonly name: string;
  readonly inputs: readonly string[];
  /** Names of the values that are outputs. */
  readonly outputs: readonly string[];
  /** Names that the outputs should have. */
  readonly wanted: readonly string[];
}

/** Gives the outputs their names. A value that is an input, a constant or already another output is copied: ONNX wants a node behind each. */
function graphInit(writer: GraphWriter, graph: Graph, names: GraphNames) {
  const avals = avalsOf(graph);
  const computed = new Set(writer.nodes.flatMap((node) => node.output));
  const renamed = new Map<string, string>();
  const copies: NodeProto[] = [];
  const outputNames = names.outputs.map((value, i) => {
    const name = writer.uniqueName(names.wanted[i] ?? `output${i}`);
    if (computed.has(value) && !renamed.has(value)) renamed.set(value, name);
    else copies.push(create(NodeProtoSchema, { name, opType: "Identity", input: [value], output: [name] }));
    return name;
  });
  const nodes = [...writer.nodes, ...copies];
  const rename = (value: string): string => renamed.get(value) ?? value;
  for (const node of nodes) {
    node.input = node.input.map(rename);
    node.output = node.output.map(rename);
  }
  return {
    name: names.name,
    node: nodes,
    initializer: writer.initializers,
    input: graph.params.map((param, i) => valueInfo(names.inputs[i]!, param.aval)),
    output: graph.outputs.map((id, i) => valueInfo(outputNames[i]!, avals[id]!)),
  } satisfies Partial<Omit<GraphProto, "$typeName">>;
}

function valueInfo(name: string, aval: Aval): ValueInfoProto {
  const shape = { dim: aval.shape.map((n) => ({ value: { case: "dimValue" as const, value: BigInt(n) } })) };
  return create(ValueInfoProtoSchema, {
    name,
    type: { value: { case: "tensorType", value: { elemType: dataTypeOf(aval.dtype), shape } } },
  });
}
