import { avalsOf, isOp, sizeOf, type Aval, type Graph, type HostTensor, type Node } from "@leader/graph";
import { evaluateNode, toHost } from "@leader/graph/reference";
import type { Kernel, LoweringContext } from "../lowering/lowering.js";
import type { ComputedOp } from "../lowering/lowering.js";
import { loweringOf } from "../lowering/table.js";
import { mutable } from "../lowering/lowering.js";
import type { TfTensor } from "../tfjs.js";
import { arrangeConstant } from "./arrange-constant.js";
import { findGroupPatterns, groupKernel, type GroupPatterns } from "./group-standardize.js";
import { arranged, movesNothing, ofRank, permutationBetween, type Layout } from "./layout.js";
import { isComputed, isElementwise, place, type ComputedNode } from "./placement.js";

/** One call of a kernel. Slots hold values in one layout each. */
export interface Step {
  readonly kernel: Kernel;
  readonly reads: readonly number[];
  readonly writes: number;
  /** Slots that nothing reads after this step. */
  readonly frees: readonly number[];
  /** The node for which the step runs, for messages. */
  readonly node: Node;
  /** True if the step only moves elements from one layout to another. */
  readonly rearranges: boolean;
}

/** A flat graph as a list of kernel calls. The first slots are the params. */
export interface Plan {
  readonly steps: readonly Step[];
  readonly outputs: readonly number[];
  /** Slots filled when the graph is compiled. */
  readonly constants: ReadonlyMap<number, TfTensor>;
}

/** Chooses layouts and prepares the kernels of a graph without functions whose outputs are nodes. */
export function makePlan(graph: Graph, context: LoweringContext): Plan {
  const builder = new PlanBuilder(graph, context);
  for (const node of graph.nodes) builder.add(node);
  return builder.finish();
}

interface Slot {
  readonly index: number;
  readonly layout: Layout;
  /** Shape in the order of the graph language; axes of size 1 may have been put in front. */
  readonly shape: readonly number[];
}

type Draft = Omit<Step, "frees">;

class PlanBuilder {
  readonly #graph: Graph;
  readonly #context: LoweringContext;
  readonly #avals: readonly Aval[];
  readonly #patterns: GroupPatterns;
  /** By value: the slots that hold it; the first is the one that its node wrote. */
  readonly #slots = new Map<number, Slot[]>();
  readonly #hosts = new Map<number, HostTensor>();
  readonly #constants = new Map<number, TfTensor>();
  readonly #steps: Draft[] = [];
  #count = 0;

  constructor(graph: Graph, context: LoweringContext) {
    this.#graph = graph;
    this.#context = context;
    this.#avals = avalsOf(graph);
    this.#patterns = findGroupPatterns(graph);
    for (const { id, aval } of graph.params) this.#slots.set(id, [this.#slot("first", aval.shape)]);
  }

  add(node: Node): void {
    const constant = constantValue(node, this.#avals);
    if (constant !== undefined) this.#hosts.set(node.id, constant);
    else if (!this.#addGroupPattern(node) && isComputed(node)) this.#addComputed(node);
  }

  finish(): Plan {
    const outputs = this.#graph.outputs.map((id) => {
      const node = this.#graph.nodes[id - this.#graph.params.length]!;
      return this.#ownOutput(this.#in(id, "first", this.#avals[id]!.shape.length, node), node);
    });
    return { steps: withFrees(this.#steps, outputs, this.#graph.params.length), outputs, constants: this.#constants };
  }

  #addComputed(node: ComputedNode): void {
    const kept = keptOperands(node, this.#avals);
    const operands = { types: kept.map((id) => this.#avals[id]!), layouts: kept.map((id) => this.#layoutOf(id)) };
    const { inputs, output, attrs } = place({ ...node, inputs: kept }, operands);
    const slots = kept.map((id, i) => this.#operand(node, id, inputs[i]!));
    const call = {
      attrs,
      types: slots.map((slot, i) => ({ shape: arranged(slot.shape, slot.layout), dtype: operands.types[i]!.dtype })),
      output: { shape: arranged(node.aval.shape, output), dtype: node.aval.dtype },
    };
    const kernel = loweringOf<ComputedOp>(node.op)(this.#context, call);
    this.#emit(node, kernel, slots, output);
  }

  /**
   * Operands of lower rank get axes of size 1 in front where the result is laid out otherwise than the graph says, and where it has
   * so many axes that shaders broadcast wrongly.
   */
  #operand(node: Node, id: number, layout: Layout): Slot {
    const { shape } = this.#avals[id]!;
    const wide = node.aval.shape.length > shaderRank && isElementwise(node);
    const extended = wide || (layout === "last" && sizeOf(shape) > 1);
    const rank = extended ? Math.max(shape.length, node.aval.shape.length) : shape.length;
    return this.#in(id, layout, broadcasts(node) ? rank : shape.length, node);
  }

  #addGroupPattern(node: Node): boolean {
    const end = this.#patterns.inner.get(node.id) ?? node.id;
    const pattern = this.#patterns.byEnd.get(end);
    if (pattern === undefined || this.#layoutOf(pattern.input) !== "last") return false;
    if (end === node.id) {
      const input = this.#in(pattern.input, "last", pattern.shape.length, node);
      this.#emit(node, groupKernel(this.#context.tf, pattern), [input], "last");
    }
    return true;
  }

  #layoutOf(id: number): Layout {
    return this.#slots.get(id)?.[0]?.layout ?? "first";
  }

  /** The value in a layout and rank; rearranged, once, if no slot holds it so. */
  #in(id: number, layout: Layout, rank: number, node: Node): Slot {
    const known = this.#slots.get(id) ?? [];
    const slot = known.find((s) => s.shape.length === rank && sameMemory(s, layout));
    if (slot !== undefined) return { ...slot, layout };
    const made = this.#hosts.has(id)
      ? this.#constantSlot(id, layout, rank, node)
      : this.#rearranged(this.#source(id, rank, node), layout, rank, node);
    this.#slots.set(id, [...(this.#slots.get(id) ?? []), made]);
    return made;
  }

  /** A slot to rearrange from: axes can be put in front only in the order of the graph language. */
  #source(id: number, rank: number, node: Node): Slot {
    const own = this.#slots.get(id)![0]!;
    return own.shape.length === rank ? own : this.#in(id, "first", own.shape.length, node);
  }

  /** Kept until the graph is disposed, or made before the step that reads it first and freed after the one that reads it last. */
  #constantSlot(id: number, layout: Layout, rank: number, node: Node): Slot {
    const host = this.#hosts.get(id)!;
    const slot = this.#slot(layout, ofRank(host.shape, rank));
    const value = arrangeConstant({ ...host, shape: slot.shape }, layout);
    const anew = this.#context.weight?.(value);
    if (anew === undefined) this.#constants.set(slot.index, this.#context.constant(value));
    else this.#steps.push({ kernel: anew, reads: [], writes: slot.index, node, rearranges: false });
    return slot;
  }

  #rearranged(from: Slot, layout: Layout, rank: number, node: Node): Slot {
    const { tf } = this.#context;
    const shape = ofRank(from.shape, rank);
    const before = from.shape.length === rank ? arranged(from.shape, from.layout) : shape;
    const permutation = permutationBetween(from.shape.length === rank ? from.layout : "first", layout, rank);
    const target = mutable(arranged(shape, layout));
    const to = this.#slot(layout, shape);
    const free = movesNothing(before, permutation);
    const kernel: Kernel = free
      ? ([x]) => tf.reshape(x!, target)
      : ([x]) => tf.transpose(tf.reshape(x!, mutable(before)), mutable(permutation));
    this.#steps.push({ kernel, reads: [from.index], writes: to.index, node, rearranges: !free });
    return to;
  }

  /** Outputs are given away: a constant, or a param under another name, is copied. */
  #ownOutput(slot: Slot, node: Node): number {
    if (!this.#constants.has(slot.index) && slot.index >= this.#graph.params.length) return slot.index;
    const { tf } = this.#context;
    const copy = this.#slot(slot.layout, slot.shape);
    this.#steps.push({ kernel: ([x]) => tf.clone(x!), reads: [slot.index], writes: copy.index, node, rearranges: false });
    return copy.index;
  }

  #emit(node: Node, kernel: Kernel, slots: readonly Slot[], output: Layout): void {
    const slot = this.#slot(output, node.aval.shape);
    this.#slots.set(node.id, [slot]);
    this.#steps.push({ kernel, reads: slots.map(({ index }) => index), writes: slot.index, node, rearranges: false });
  }

  #slot(layout: Layout, shape: readonly number[]): Slot {
    return { index: this.#count++, layout, shape };
  }
}

/** Below rank 3 all layouts of images are one. */
const sameMemory = (slot: Slot, layout: Layout): boolean =>
  slot.layout === layout || (slot.shape.length < 3 && [slot.layout, layout].every((l) => l !== "filter"));

/** Axes that WGSL has vectors for; with more, TensorFlow.js 4.22 adds a list to an image wrongly. */
const shaderRank = 4;

const aligned: ReadonlySet<string> = new Set(["Concat", "Reshape", "Conv", "ConvTranspose", "Transpose", "Standardize"]);
/** True for ops whose operands broadcast against the result. */
const broadcasts = (node: Node): boolean => !aligned.has(node.op) && !node.op.startsWith("Reduce");

/**
 * What a node gives whatever is fed: constants, and results that arise from nothing (the sum of an empty array), for which
 * kernels are not made.
 */
function constantValue(node: Node, avals: readonly Aval[]): HostTensor | undefined {
  if (isOp(node, "Constant")) return node.attrs.value;
  const types = node.inputs.map((id) => avals[id]!);
  const empty = sizeOf(node.aval.shape) === 0;
  if (!empty && !types.every(({ shape }) => sizeOf(shape) === 0)) return undefined;
  if (empty)
    return { ...node.aval, data: { float32: new Float32Array(0), int32: new Int32Array(0), bool: new Uint8Array(0) }[node.aval.dtype] };
  return toHost(
    evaluateNode(
      node,
      types.map((aval) => ({ ...aval, data: new Float64Array(0) })),
    ),
  );
}

/** Operands without the empty parts of a Concat. */
function keptOperands(node: Node, avals: readonly Aval[]): readonly number[] {
  if (isOp(node, "Concat")) return node.inputs.filter((id) => sizeOf(avals[id]!.shape) > 0);
  return node.inputs;
}

/** Slots are freed by the step that reads them last; params, constants and outputs are not. */
function withFrees(steps: readonly Draft[], outputs: readonly number[], params: number): readonly Step[] {
  const made = new Set(steps.map(({ writes }) => writes));
  const lasting = new Set(outputs);
  const lastReader = new Map<number, number>();
  steps.forEach(({ reads, writes }, i) => {
    for (const slot of [...reads, writes]) lastReader.set(slot, i);
  });
  return steps.map((step, i) => {
    const touched = new Set([...step.reads, step.writes]);
    return {
      ...step,
      frees: [...touched].filter((slot) => slot >= params && made.has(slot) && !lasting.has(slot) && lastReader.get(slot) === i),
    };
  });
}
