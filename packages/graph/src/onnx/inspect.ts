import type { GraphProto, NodeProto } from "onnx-buf";
import { elementType, isFloat, type ElementType } from "./element-type.js";
import { decodeModel } from "./proto.js";
import { declared, fedInputs, type Declared, type Dimension } from "./read/inputs.js";

/** An input or output as the file declares it, with its open sizes by name. */
export interface OnnxValueInfo {
  readonly name: string;
  readonly type: ElementType;
  /** Undefined if the file does not state the rank; an entry is a number, a name, or undefined where the file says nothing. */
  readonly shape: readonly Dimension[] | undefined;
}

/** What an ONNX file says about itself. */
export interface OnnxSummary {
  readonly inputs: readonly OnnxValueInfo[];
  readonly outputs: readonly OnnxValueInfo[];
  /** Version of the standard's operations; undefined if the file does not state it. */
  readonly opset: number | undefined;
  /** Program that wrote the file, with its version. */
  readonly producer: string;
  /** Nodes by operation, with the domain in front where it is not the standard's. */
  readonly operations: Readonly<Record<string, number>>;
  /** Elements of all floating-point weights of the main graph. */
  readonly parameters: number;
}

const info = ({ name, type, shape }: Declared): OnnxValueInfo => ({ name, type, shape });

/**
 * Reads what an ONNX file declares without building a graph: cheap, and independent of shapes and of external weights.
 * @throws ONNX_UNREADABLE, and ONNX_UNSUPPORTED if an input or output is not a tensor of a known type.
 */
export function inspectOnnx(bytes: Uint8Array, fileName = "the ONNX file"): OnnxSummary {
  const model = decodeModel(bytes, fileName);
  const graph = model.graph!;
  const opset = model.opsetImport.find(({ domain }) => domain === "" || domain === "ai.onnx")?.version;
  return {
    inputs: fedInputs(graph, fileName).map(info),
    outputs: graph.output.map((output) => info(declared(output, fileName))),
    opset: opset === undefined ? undefined : Number(opset),
    producer: `${model.producerName} ${model.producerVersion}`.trim(),
    operations: histogram(graph.node),
    parameters: parameterCount(graph),
  };
}

function histogram(nodes: readonly NodeProto[]): Record<string, number> {
  const counts = new Map<string, number>();
  for (const { domain, opType } of nodes) {
    const name = domain === "" ? opType : `${domain}.${opType}`;
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function parameterCount(graph: GraphProto): number {
  const isWeight = (dataType: number): boolean => {
    const type = elementType(dataType);
    return type !== undefined && isFloat(type);
  };
  return graph.initializer
    .filter((tensor) => isWeight(tensor.dataType))
    .reduce((sum, tensor) => sum + tensor.dims.reduce((a, n) => a * Number(n), 1), 0);
}
