import type { Aval } from "../values.js";
import { arithmeticOf } from "../ir/arithmetic.js";
import { avalsOf, isOp, type Graph, type Node } from "../ir/graph.js";
import { sizeOf } from "../ir/shape.js";
import type { Tensor } from "../ir/tensor.js";
import { GraphBuilder } from "../ir/trace.js";
import { segmentsOf, type Activation } from "./activation-segments.js";
import { eliminateDeadNodes } from "./dce.js";
import { outputsAmong, replay, type Values } from "../ir/replay.js";

/** Which activations a pass back computes again, where it could have kept them: see `rematerialise`. */
export type Rematerialisation = "elementwise" | "segments";

/** Values of less than this share of the largest activation are never worth computing again. */
const worthwhile = 1 / 64;
/** Elementwise operations and what takes a few of them for an element. */
const cheapest = 4;

/**
 * Trades time for memory in a graph that holds a network and its derivative (Chen et al. 2016, https://arxiv.org/abs/1604.06174).
 *
 * - `elementwise`: activations that follow from one kept value by elementwise operations are computed again, which costs next to nothing: of a
 *   convolution with SiLU one of three values is kept.
 * - `segments`: the pass forward is cut where few values cross, only those are kept, and the pass back computes the inside of a segment again, of all
 *   but the last. That costs at most one more pass forward; memory grows with the square root of the depth.
 *
 * Copies read what is kept through x + 0 c, with c of the pass back: no runtime may merge them with the originals, nor run them early. So infinities in
 * c become NaN, which they are about to become anyway.
 * @param outputs ids of the values in which the pass forward ends.
 */
export function rematerialise(graph: Graph, outputs: readonly number[], what: Rematerialisation): Graph {
  const pass = forwardPass(graph, outputs);
  const groups = what === "elementwise" ? elementwiseGroups(pass) : segmentGroups(graph, pass);
  return groups.size === 0 ? graph : eliminateDeadNodes(new Replay(graph, pass, groups).run());
}

interface ForwardPass {
  /** Ids of all its values and of the params that it reads. */
  readonly ids: ReadonlySet<number>;
  /** Its nodes that are worth computing again, in order. */
  readonly activations: readonly Node[];
  /** Ids of values that copies may read as they are, being small or constant. */
  readonly free: ReadonlySet<number>;
  readonly avals: readonly Aval[];
}

function forwardPass(graph: Graph, outputs: readonly number[]): ForwardPass {
  const ids = ancestors(graph, outputs);
  const nodes = graph.nodes.filter(({ id }) => ids.has(id));
  const variable = nodes.filter((node) => !isOp(node, "Constant"));
  const least = worthwhile * Math.max(0, ...variable.map(bytesOf));
  const kept = (node: Node): boolean => isOp(node, "Constant") || isOp(node, "Function") || bytesOf(node) < least;
  const free = new Set([...nodes.filter(kept), ...graph.params.filter((param) => bytesOf(param) < least)].map(({ id }) => id));
  return { ids, activations: nodes.filter(({ id }) => !free.has(id)), free, avals: avalsOf(graph) };
}

const bytesOf = ({ aval }: { readonly aval: Aval }): number => 4 * sizeOf(aval.shape);

/** By id of a value that is to be computed again: the group of values with which it is. */
type Groups = ReadonlyMap<number, number>;

/** Values that follow cheaply from one other, which names the group. */
function elementwiseGroups({ activations, free, avals }: ForwardPass): Groups {
  const groups = new Map<number, number>();
  for (const node of activations) {
    const operands = node.inputs.map((id) => avals[id]!);
    const isCheap = arithmeticOf(node, operands) <= cheapest * sizeOf(node.aval.shape);
    const [root, ...others] = new Set(node.inputs.filter((id) => !free.has(id)).map((id) => groups.get(id) ?? id));
    if (isCheap && root !== undefined && others.length === 0) groups.set(node.id, root);
  }
  return groups;
}

/** Values inside segments, but not of the last, where the pass back begins. */
function segmentGroups(graph: Graph, { ids, activations }: ForwardPass): Groups {
  const positions = new Map(activations.map(({ id }, i) => [id, i]));
  const lastReads = new Map<number, number>();
  const pulled = new Set<number>();
  for (const node of graph.nodes) {
    const position = positions.get(node.id);
    for (const id of node.inputs) {
      if (!ids.has(node.id)) pulled.add(id);
      else if (position !== undefined) lastReads.set(id, position);
    }
  }
  const described = activations.map((node): Activation => {
    return { bytes: bytesOf(node), lastRead: lastReads.get(node.id) ?? -1, pulled: pulled.has(node.id) };
  });
  const starts = segmentsOf(described);
  const groups = new Map<number, number>();
  for (const [i, { id }] of activations.entries()) {
    const segment = starts.findLastIndex((start) => start <= i);
    const end = starts[segment + 1];
    if (end !== undefined && described[i]!.lastRead < end) groups.set(id, segment);
  }
  return groups;
}

function ancestors(graph: Graph, ids: readonly number[]): ReadonlySet<number> {
  const found = new Set(ids);
  for (const node of graph.nodes.toReversed()) if (found.has(node.id)) for (const id of node.inputs) found.add(id);
  return found;
}

/** Copies a graph; what the pass back reads of a group is copied a second time, when it is first read. */
class Replay {
  readonly #builder = new GraphBuilder();
  readonly #values: Values;
  readonly #nodes: ReadonlyMap<number, Node>;
  /** By id: position of the last node that reads the value. */
  readonly #lastReads = new Map<number, number>();
  readonly #copies = new Map<number, Tensor>();
  /** By group and id: what its copies read in place of kept values. */
  readonly #delayed = new Map<string, Tensor>();
  /** Ids of the pass back's values, in order. */
  readonly #back: number[] = [];

  constructor(
    private readonly graph: Graph,
    private readonly pass: ForwardPass,
    private readonly groups: Groups,
  ) {
    this.#values = new Map(graph.params.map((p) => [p.id, this.#builder.param(p.name, p.aval)]));
    this.#nodes = new Map(graph.nodes.map((node) => [node.id, node]));
    for (const node of graph.nodes) for (const id of node.inputs) this.#lastReads.set(id, node.id);
  }

  run(): Graph {
    const forward = this.pass.ids;
    const emit = (node: Node, operands: readonly Tensor[]): Tensor => {
      if (!forward.has(node.id) && node.aval.dtype === "float32" && !isOp(node, "Constant")) this.#back.push(node.id);
      return this.#builder.emit(node.op, operands, node.attrs);
    };
    const operandOf = (id: number, { id: reader }: Node): Tensor => (forward.has(reader) ? this.#valueOf(id) : this.#read(id, reader));
    replay(this.#builder, this.graph.nodes, this.#values, emit, operandOf);
    return this.#builder.build(outputsAmong(this.graph, this.#values));
  }

  #valueOf(id: number): Tensor {
    return this.#values.get(id)!;
  }

  /** What node `reader` of the pass back gets for a value. */
  #read(id: number, reader: number): Tensor {
    if (!this.groups.has(id)) return this.#valueOf(id);
    const cotangent = this.#back.findLast((back) => (this.#lastReads.get(back) ?? 0) >= reader);
    return cotangent === undefined ? this.#valueOf(id) : this.#copy(id, cotangent);
  }

  #copy(id: number, cotangent: number): Tensor {
    const known = this.#copies.get(id);
    if (known !== undefined) return known;
    const node = this.#nodes.get(id)!;
    const group = this.groups.get(id)!;
    const operands = node.inputs.map((input) => {
      if (this.groups.get(input) === group) return this.#copy(input, cotangent);
      return this.pass.free.has(input) ? this.#valueOf(input) : this.#delay(input, group, cotangent);
    });
    const copy = this.#emit(node, operands);
    this.#copies.set(id, copy);
    return copy;
  }

  #delay(id: number, group: number, cotangent: number): Tensor {
    const kept = this.#valueOf(id);
    // Integers and booleans cannot be delayed, and need not be: they carry no derivative.
    if (kept.dtype !== "float32") return kept;
    const key = `${group}:${id}`;
    const known = this.#delayed.get(key);
    if (known !== undefined) return known;
    const c = this.#valueOf(cotangent);
    const first = c
      .slice(
        c.shape.map(() => 0),
        c.shape.map(() => 1),
      )
      .reshape([]);
    const delayed = kept.add(first.mul(0));
    this.#delayed.set(key, delayed);
    return delayed;
  }

  #emit(node: Node, operands: readonly Tensor[]): Tensor {
    return this.#builder.within(node.scope, () => this.#builder.emit(node.op, operands, node.attrs));
  }
}
