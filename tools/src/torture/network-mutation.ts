import fc from "fast-check";
import { decodeModel, encodeModel } from "@leader/graph/onnx";
import type { GraphProto, NodeProto, TensorProto } from "onnx-buf";

/** A change of what a network says, where a change of bytes mostly breaks the file; `at` chooses among what is there. */
type Change =
  | { readonly kind: "rewire"; readonly at: number; readonly to: number }
  | { readonly kind: "operation"; readonly at: number; readonly operation: string }
  | { readonly kind: "drop" | "repeat"; readonly at: number }
  | { readonly kind: "attribute"; readonly at: number; readonly value: number }
  | { readonly kind: "size"; readonly at: number; readonly value: number }
  | { readonly kind: "weight"; readonly at: number; readonly value: number };

/** One of several originals, and what is changed in it. */
export interface NetworkMutation {
  readonly original: number;
  readonly changes: readonly Change[];
}

const at = fc.nat(1000);
const boundary = fc.constantFrom(-(2 ** 31), -1000, -2, -1, 0, 1, 2, 3, 5, 64, 2 ** 20, 2 ** 31, 2 ** 53);
const weights = fc.constantFrom(0, -1, 1e-30, 1e20, 3e38, Number.NaN, Infinity, -Infinity);
const operations = fc.constantFrom(
  ...[
    "Relu",
    "Sqrt",
    "Log",
    "Exp",
    "Div",
    "Pow",
    "MatMul",
    "Conv",
    "Reshape",
    "Transpose",
    "Concat",
    "Softmax",
    "Identity",
    "Loop",
    "Nothing",
  ],
);

const change: fc.Arbitrary<Change> = fc.oneof(
  fc.record({ kind: fc.constant("rewire" as const), at, to: at }),
  fc.record({ kind: fc.constant("operation" as const), at, operation: operations }),
  fc.record({ kind: fc.constantFrom("drop" as const, "repeat" as const), at }),
  fc.record({ kind: fc.constant("attribute" as const), at, value: boundary }),
  fc.record({ kind: fc.constant("size" as const), at, value: boundary }),
  fc.record({ kind: fc.constant("weight" as const), at, value: weights }),
);

/** Changes of a number of originals; they shrink to few. */
export const networkMutations = (originals: number): fc.Arbitrary<NetworkMutation> =>
  fc.record({ original: fc.nat(originals - 1), changes: fc.array(change, { maxLength: 4 }) });

/** The changed network. */
export function changedNetwork(originals: readonly Uint8Array[], { original, changes }: NetworkMutation): Uint8Array {
  const model = decodeModel(originals[original]!, "original.onnx");
  for (const one of changes) apply(model.graph!, one);
  return encodeModel(model);
}

const chosen = <T>(list: readonly T[], index: number): T | undefined => list[index % Math.max(1, list.length)];

function apply(graph: GraphProto, change: Change): void {
  const node = chosen(graph.node, change.at);
  switch (change.kind) {
    case "rewire":
      if (node !== undefined) rewire(graph, node, change.at, change.to);
      return;
    case "operation":
      if (node !== undefined) node.opType = change.operation;
      return;
    case "drop":
      graph.node.splice(change.at % Math.max(1, graph.node.length), 1);
      return;
    case "repeat":
      if (node !== undefined) graph.node.push(node);
      return;
    case "attribute":
      if (node !== undefined) setAttribute(node, change.at, change.value);
      return;
    case "size":
      setSize(graph.initializer, change.at, change.value);
      return;
    case "weight":
      setWeight(graph.initializer, change.at, change.value);
      return;
    default:
      change satisfies never;
  }
}

/** Any value may be read anywhere, also one that is made later. */
function rewire(graph: GraphProto, node: NodeProto, from: number, to: number): void {
  const names = [...graph.input, ...graph.initializer].map(({ name }) => name).concat(graph.node.flatMap(({ output }) => output));
  const name = chosen(names, to);
  if (name !== undefined && node.input.length > 0) node.input[from % node.input.length] = name;
}

function setAttribute(node: NodeProto, index: number, value: number): void {
  const attribute = chosen(node.attribute, index);
  if (attribute === undefined) return;
  if (attribute.ints.length > 0) attribute.ints[index % attribute.ints.length] = BigInt(value);
  else attribute.i = BigInt(value);
}

function setSize(weights: readonly TensorProto[], index: number, value: number): void {
  const weight = chosen(weights, index);
  if (weight !== undefined && weight.dims.length > 0) weight.dims[index % weight.dims.length] = BigInt(value);
}

/** Weights of the originals lie as raw float32 or int64; one number is replaced. */
function setWeight(weights: readonly TensorProto[], index: number, value: number): void {
  const weight = chosen(weights, index);
  if (weight === undefined || weight.rawData.byteLength < 4) return;
  const raw = new Uint8Array(weight.rawData);
  new DataView(raw.buffer).setFloat32(4 * (index % Math.floor(raw.byteLength / 4)), value, true);
  weight.rawData = raw;
}
