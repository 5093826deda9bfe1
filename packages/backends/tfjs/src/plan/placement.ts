import { equalShapes, isOp, type Aval, type Node } from "@leader/graph";
import type { ComputedOp, PhysicalAttrs } from "../lowering/lowering.js";
import { arranged, axesIn, positionOf, type Layout } from "./layout.js";

/** A node whose kernel the plan calls. */
export type ComputedNode = { readonly [K in ComputedOp]: Node<K> }[ComputedOp];

export const isComputed = (node: Node): node is ComputedNode => !isOp(node, "Constant") && !isOp(node, "Function");

/** How a node is computed: the layouts of what it reads and makes, and its attributes in terms of the axes in memory. */
export interface Placement {
  readonly inputs: readonly Layout[];
  readonly output: Layout;
  readonly attrs: PhysicalAttrs[ComputedOp];
}

/** What placement knows about the operands: their types, and the layout in which each was made. */
export interface Operands {
  readonly types: readonly Aval[];
  readonly layouts: readonly Layout[];
}

/**
 * Chooses layouts so that images stay with their channels last from one convolution to the next: convolutions ask for it, and every op
 * that can work on such an image as it is does so. Other ops get the order of the graph language.
 */
export function place(node: ComputedNode, operands: Operands): Placement {
  if (isOp(node, "Conv") || isOp(node, "ConvTranspose")) return placed(node, ["last", "filter", "first"], "last");
  if (isOp(node, "Transpose")) return placeTranspose(node, operands);
  if (isOp(node, "Reshape")) return placeReshape(node, operands);
  if (isOp(node, "Standardize")) return placeStandardize(node, operands);
  const last = operands.layouts.some((layout, i) => layout === "last" && operands.types[i]!.shape.length === node.aval.shape.length);
  return (last ? placeLast(node, operands) : undefined) ?? placed(node, first(node), "first");
}

const first = (node: Node): readonly Layout[] => node.inputs.map(() => "first");
const last = (node: Node): readonly Layout[] => node.inputs.map(() => "last");

const placed = (node: ComputedNode, inputs: readonly Layout[], output: Layout, attrs?: PhysicalAttrs[ComputedOp]): Placement => ({
  inputs: inputs.slice(0, node.inputs.length),
  output,
  // Only Standardize names its axes otherwise, and it never comes here without attributes of its own.
  attrs: attrs ?? node.attrs,
});

/** With the channels last; undefined where the op cannot. */
function placeLast(node: ComputedNode, { types }: Operands): Placement | undefined {
  const rank = types[0]!.shape.length;
  const at = (axis: number): number => positionOf(axis, "last", rank);
  if (isOp(node, "Concat")) return placed(node, last(node), "last", { axis: at(node.attrs.axis) });
  if (isOp(node, "Softmax")) return placed(node, last(node), "last", { axis: at(node.attrs.axis) });
  if (isOp(node, "CumSum")) return placed(node, last(node), "last", { ...node.attrs, axis: at(node.attrs.axis) });
  if (isOp(node, "Expand")) return placed(node, last(node), "last", { shape: arranged(node.attrs.shape, "last") });
  if (isOp(node, "Slice")) {
    const { starts, ends, steps } = node.attrs;
    return placed(node, last(node), "last", {
      starts: arranged(starts, "last"),
      ends: arranged(ends, "last"),
      steps: arranged(steps, "last"),
    });
  }
  if (isOp(node, "Pad")) {
    const { pads } = node.attrs;
    return placed(node, last(node), "last", {
      ...node.attrs,
      pads: [...arranged(pads.slice(0, rank), "last"), ...arranged(pads.slice(rank), "last")],
    });
  }
  if (isOp(node, "Resize")) {
    const { shape, scales } = node.attrs;
    return placed(node, last(node), "last", { ...node.attrs, shape: arranged(shape, "last"), scales: arranged(scales, "last") });
  }
  if (isReduction(node)) return placeReduction(node, rank);
  return isElementwise(node) ? placed(node, last(node), "last") : undefined;
}

type Reduction = Node<"ReduceSum"> | Node<"ReduceMean"> | Node<"ReduceMax"> | Node<"ReduceMin"> | Node<"ReduceProd">;
const isReduction = (node: ComputedNode): node is Reduction => node.op.startsWith("Reduce");

/** What is left of the axes must be in the order of one of the two layouts. */
function placeReduction(node: Reduction, rank: number): Placement | undefined {
  const { axes, keepDims } = node.attrs;
  const attrs = { axes: axes.map((axis) => positionOf(axis, "last", rank)).sort((a, b) => a - b), keepDims };
  if (keepDims) return placed(node, last(node), "last", attrs);
  const kept = axesIn("last", rank).filter((axis) => !axes.includes(axis));
  const ascending = [...kept].sort((a, b) => a - b);
  const output = (["first", "last"] as const).find((layout) => equalShapes(arranged(ascending, layout), kept));
  return output === undefined ? undefined : placed(node, last(node), output, attrs);
}

const movesElements: ReadonlySet<string> = new Set([
  "Gather",
  "ScatterAdd",
  "MatMul",
  "DFT",
  "Reshape",
  "Transpose",
  "Conv",
  "ConvTranspose",
  "Standardize",
]);
/** Ops whose result has an element for each place of its operands, or of a part of them. */
export const isElementwise = (node: Node): boolean => !movesElements.has(node.op);

/** A transposition of the graph may undo that of the layout: then nothing moves. */
function placeTranspose(node: Node<"Transpose">, { types, layouts }: Operands): Placement {
  const rank = types[0]!.shape.length;
  const from = layouts[0] === "last" ? "last" : "first";
  const moved = (output: Layout): readonly number[] =>
    axesIn(output, rank).map((axis) => positionOf(node.attrs.permutation[axis]!, from, rank));
  const free = (["first", "last", "filter"] as const).find((output) => moved(output).every((axis, i) => axis === i));
  const output = free ?? "first";
  return placed(node, [from], output, { permutation: moved(output) });
}

/** Merging or splitting spatial axes leaves images and channels where they are. */
function placeReshape(node: Node<"Reshape">, { types, layouts }: Operands): Placement {
  const [from, to] = [types[0]!.shape, node.attrs.shape];
  const spatial = Math.min(from.length, to.length) >= 3 && from[0] === to[0] && from[1] === to[1];
  if (layouts[0] !== "last" || !spatial) return placed(node, ["first"], "first");
  return placed(node, ["last"], "last", { shape: arranged(to, "last") });
}

/** Axes from `axis` to the last: with the channels last these are all but the first, or the spatial ones. */
function placeStandardize(node: Node<"Standardize">, { types, layouts }: Operands): Placement {
  const rank = types[0]!.shape.length;
  const layout = layouts[0] === "last" ? "last" : "first";
  const axes = types[0]!.shape.flatMap((_, axis) => (axis >= node.attrs.axis ? [positionOf(axis, layout, rank)] : []));
  return placed(node, [layout], layout, { axes: axes.sort((a, b) => a - b), epsilon: node.attrs.epsilon });
}
