import { storedElements } from "../stored.js";
import type { HostTensor } from "../values.js";
import { isOp, type Graph, type Node } from "../ir/graph.js";
import { equalShapes, sizeOf } from "../ir/shape.js";
import type { Tensor } from "../ir/tensor.js";
import { toHost, toReference } from "../ir/reference-value.js";
import { evaluateNode } from "../reference/interpret.js";
import { movedConstant } from "./move-constant.js";
import { rewrite } from "./rewrite.js";

export interface FoldOptions {
  /** Largest folded result in elements, unless its operands are larger still. Default 65,536. */
  readonly maxElements?: number;
  /** Also read constants that stay in their file, for backends that do not compute with them before the first run. Default false. */
  readonly stored?: boolean;
}

/**
 * Computes nodes whose operands are all constant, and drops nodes that change nothing. Identities are bit-exact for every
 * finite value: x + 0 stays, since it turns -0 into 0.
 */
export function foldConstants(graph: Graph, options: FoldOptions = {}): Graph {
  const { maxElements = 65_536, stored = false } = options;
  const nodes = new Map<Tensor, Node>();
  const operands = new Map<Tensor, readonly Tensor[]>();
  const constants = new Map<Tensor, HostTensor>();
  const known: Known = {
    maxElements,
    stored,
    constantOf: (x) => constants.get(x),
    nodeOf: (x) => nodes.get(x),
    operandsOf: (x) => operands.get(x) ?? [],
  };
  return rewrite(graph, (node, inputs, builder) => {
    const folded = evaluateConstant(node, inputs, known);
    if (folded === undefined) {
      const same = simplify(node, inputs, known);
      if (same !== undefined) return same;
    }
    const result = folded === undefined ? builder.emit(node.op, inputs, node.attrs) : builder.constant(folded);
    nodes.set(result, node);
    operands.set(result, inputs);
    if (folded !== undefined) constants.set(result, folded);
    else if (isOp(node, "Constant")) constants.set(result, node.attrs.value);
    return result;
  });
}

/** What is known about the values of the new graph. */
interface Known extends Required<FoldOptions> {
  constantOf(x: Tensor): HostTensor | undefined;
  nodeOf(x: Tensor): Node | undefined;
  operandsOf(x: Tensor): readonly Tensor[];
}

function evaluateConstant(node: Node, inputs: readonly Tensor[], known: Known): HostTensor | undefined {
  // Calls are counted and compiled apart, so they stay what they are.
  if (inputs.length === 0 || isOp(node, "Function")) return undefined;
  const values = inputs.map((x) => known.constantOf(x));
  if (!values.every((value) => value !== undefined)) return undefined;
  if (!known.stored && values.some((value) => storedElements(value) !== undefined)) return undefined;
  const read = values.reduce((sum, value) => sum + sizeOf(value.shape), 0);
  if (sizeOf(node.aval.shape) > Math.max(known.maxElements, read)) return undefined;
  // Weights are flipped and transposed as they are: float64 would only cost time and memory.
  return movedConstant(node, values[0]!) ?? toHost(evaluateNode(node, values.map(toReference)));
}

/** A value equal to the node's, if the node does nothing or undoes its operand. */
function simplify(node: Node, inputs: readonly Tensor[], known: Known): Tensor | undefined {
  const [x, y] = inputs;
  if (x === undefined) return undefined;
  const unchanged = node.aval.dtype === x.dtype && equalShapes(node.aval.shape, x.shape);
  if (isOp(node, "Reshape")) return unchanged ? x : sourceOf("Reshape", x, known)?.reshape(node.attrs.shape);
  if (isOp(node, "Expand")) return unchanged ? x : sourceOf("Expand", x, known)?.expand(node.attrs.shape);
  if (isOp(node, "Cast")) return unchanged ? x : undefined;
  if (isOp(node, "Concat")) return inputs.length === 1 ? x : undefined;
  if (isOp(node, "Transpose")) return simplifyTranspose(node, x, known);
  if (isOp(node, "Slice")) return unchanged && node.attrs.steps.every((step) => step === 1) ? x : undefined;
  if (isOp(node, "Pad")) return unchanged ? x : undefined;
  if (isOp(node, "Neg")) return sourceOf("Neg", x, known);
  return y === undefined ? undefined : simplifyArithmetic(node, x, y, known);
}

function simplifyTranspose(node: Node<"Transpose">, x: Tensor, known: Known): Tensor | undefined {
  const inner = known.nodeOf(x);
  const { permutation } = node.attrs;
  if (permutation.every((axis, i) => axis === i)) return x;
  if (inner === undefined || !isOp(inner, "Transpose")) return undefined;
  return known.operandsOf(x)[0]!.transpose(permutation.map((axis) => inner.attrs.permutation[axis]!));
}

function simplifyArithmetic(node: Node, x: Tensor, y: Tensor, known: Known): Tensor | undefined {
  const same = (z: Tensor): Tensor | undefined => (node.aval.dtype === z.dtype && equalShapes(node.aval.shape, z.shape) ? z : undefined);
  switch (node.op) {
    case "Mul":
      return isFilledWith(1, y, known) ? same(x) : isFilledWith(1, x, known) ? same(y) : undefined;
    case "Div":
      return isFilledWith(1, y, known) ? same(x) : undefined;
    case "Sub":
      return isFilledWith(0, y, known) ? same(x) : undefined;
    default:
      return undefined;
  }
}

/** The operand of x if x is an instance of the op. */
function sourceOf(op: Node["op"], x: Tensor, known: Known): Tensor | undefined {
  return known.nodeOf(x)?.op === op ? known.operandsOf(x)[0] : undefined;
}

/** True if every element is exactly the value; -0 is not 0, since x - (-0) turns -0 into 0. */
function isFilledWith(value: number, x: Tensor, known: Known): boolean {
  const constant = known.constantOf(x);
  if (constant === undefined || storedElements(constant) !== undefined) return false;
  return constant.data.every((element) => Object.is(element, value));
}
