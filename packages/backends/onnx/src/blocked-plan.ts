import { avalsOf, equalShapes, isOp, sizeOf, type Aval, type Graph, type Node, type OpName } from "@leader/graph";

/** A convolution with what is computed in it: conv(image * gain) * scale + shift + sum. All but the first are ids of values. */
export interface BlockedConvolution {
  readonly conv: Node<"Conv">;
  readonly image: number;
  /** Factors of the channels of the image: [1, C, 1, 1]. */
  readonly gain?: number;
  /** Factors of the channels of the result: [1, C, 1, 1]. */
  readonly scale?: number;
  /** What is added to them: [1, C, 1, 1]. */
  readonly shift?: number;
  /** An image that is added, of the shape of the result. */
  readonly sum?: number;
}

/** Which nodes of a graph compute on images whose channels lie in blocks. */
export interface BlockedPlan {
  /** By the id of the value that they compute: that of the last node which is part of them. */
  readonly convolutions: ReadonlyMap<number, BlockedConvolution>;
  /** Nodes that a convolution computes on the way. */
  readonly within: ReadonlySet<number>;
  /** Nodes that treat every element alike, whatever the order they lie in. */
  readonly elementwise: ReadonlySet<number>;
}

/** Nodes of ONNX with the same name and no attributes. */
const alike: ReadonlySet<OpName> = new Set<OpName>([
  ...(["Neg", "Abs", "Exp", "Log", "Sqrt", "Sin", "Cos", "Tanh", "Sigmoid", "Erf"] as const),
  ...(["Add", "Sub", "Mul", "Div", "Pow", "Max", "Min"] as const),
]);

/**
 * Finds what a network and its derivative can compute without leaving the blocked layout. The runtime does so itself, except where scale and shift of
 * the channels follow from the noise level: its pass wants constants, and so every block of such a network goes there and back. As only that is to
 * be mended, graphs without such a scale are left to the runtime.
 * @param block channels of a block.
 * @returns undefined where there is nothing to gain.
 */
export function planBlocks(graph: Graph, block: number): BlockedPlan | undefined {
  const constant = constantValues(graph);
  const plan = new Planning(graph, block, constant).plan();
  const isComputed = (id: number | undefined): boolean => id !== undefined && !constant.has(id);
  const gains = [...plan.convolutions.values()].some(({ gain, scale }) => isComputed(gain) || isComputed(scale));
  return gains ? plan : undefined;
}

/** Values that follow from constants alone, such as the turned weights of a derivative. */
function constantValues({ nodes }: Graph): ReadonlySet<number> {
  const found = new Set<number>();
  for (const node of nodes)
    if (isOp(node, "Constant") || (node.inputs.length > 0 && node.inputs.every((id) => found.has(id)))) found.add(node.id);
  return found;
}

class Planning {
  readonly #graph: Graph;
  readonly #block: number;
  readonly #avals: readonly Aval[];
  readonly #constant: ReadonlySet<number>;
  readonly #nodes: ReadonlyMap<number, Node>;
  readonly #users = new Map<number, Node[]>();
  readonly #outputs: ReadonlySet<number>;
  readonly #convolutions = new Map<number, BlockedConvolution>();
  readonly #within = new Set<number>();
  readonly #elementwise = new Set<number>();

  constructor(graph: Graph, block: number, constant: ReadonlySet<number>) {
    this.#graph = graph;
    this.#block = block;
    this.#constant = constant;
    this.#nodes = new Map(graph.nodes.map((node) => [node.id, node]));
    this.#avals = avalsOf(graph);
    this.#outputs = new Set(graph.outputs);
    for (const node of graph.nodes) {
      for (const id of new Set(node.inputs)) this.#users.set(id, [...(this.#users.get(id) ?? []), node]);
    }
  }

  plan(): BlockedPlan {
    const convolutions = this.#graph.nodes.filter((node) => isOp(node, "Conv")).filter((node) => this.#takes(node));
    const taken = new Map(convolutions.map((conv) => [conv.id, this.#gained(conv)]));
    for (const { gain, conv } of taken.values()) if (gain !== undefined) this.#within.add(conv.inputs[0]!);
    for (const node of this.#graph.nodes) {
      if (this.#within.has(node.id) || this.#convolutions.has(node.id)) continue;
      const convolution = taken.get(node.id);
      if (convolution !== undefined) this.#follow(convolution);
      else if (this.#isAlike(node)) this.#elementwise.add(node.id);
    }
    return { convolutions: this.#convolutions, within: this.#within, elementwise: this.#elementwise };
  }

  /**
   * Convolutions of whole blocks, of each channel alone too, and those from the few channels of a picture; the last block of a result may be
   * filled with zeros.
   */
  #takes({ inputs, attrs: { groups }, aval }: Node<"Conv">): boolean {
    if (aval.shape.length !== 4 || !this.#constant.has(inputs[1]!)) return false;
    const [channels, outputs] = [this.#avals[inputs[0]!]!.shape[1]!, aval.shape[1]!];
    if (this.#isWhole(channels)) return groups === 1 || (groups === channels && outputs === channels);
    return groups === 1 && channels < this.#block && this.#isWhole(outputs);
  }

  /** The convolution with the factors that only it reads its image with. */
  #gained(conv: Node<"Conv">): BlockedConvolution {
    const image = conv.inputs[0]!;
    const by = this.#nodes.get(image);
    const whole = { conv, image };
    if (by === undefined || !isOp(by, "Mul") || conv.attrs.groups !== 1 || !this.#isWhole(by.aval.shape[1]!)) return whole;
    if ((this.#users.get(image) ?? []).length > 1 || this.#outputs.has(image)) return whole;
    const gain = by.inputs.find((id) => this.#isOfChannels(id, by));
    const bare = by.inputs.find((id) => id !== gain);
    if (gain === undefined || bare === undefined || !equalShapes(this.#avals[bare]!.shape, by.aval.shape)) return whole;
    return { conv, image: bare, gain };
  }

  #isWhole(channels: number): boolean {
    return channels > 0 && channels % this.#block === 0;
  }

  #isBlocked(id: number): boolean {
    return this.#convolutions.has(id) || this.#elementwise.has(id);
  }

  /** Takes what scales, shifts and adds to the result into the convolution, as long as nothing else reads what lies between. */
  #follow(convolution: BlockedConvolution): void {
    let found = convolution;
    let last: Node = found.conv;
    for (;;) {
      const next = this.#extended(found, last);
      if (next === undefined) break;
      this.#within.add(last.id);
      [found, last] = [next.with, next.by];
    }
    this.#convolutions.set(last.id, found);
  }

  #extended(found: BlockedConvolution, last: Node): { readonly with: BlockedConvolution; readonly by: Node } | undefined {
    const [by, ...others] = this.#users.get(last.id) ?? [];
    if (by === undefined || others.length > 0 || this.#within.has(by.id)) return undefined;
    if (this.#outputs.has(last.id) || !this.#isWhole(last.aval.shape[1]!)) return undefined;
    const operand = by.inputs.find((id) => id !== last.id);
    if (operand === undefined || !equalShapes(by.aval.shape, last.aval.shape)) return undefined;
    const { scale, shift, sum } = found;
    if (sum !== undefined) return undefined;
    if (isOp(by, "Mul") && scale === undefined && shift === undefined && this.#isOfChannels(operand, last))
      return { with: { ...found, scale: operand }, by };
    if (!isOp(by, "Add")) return undefined;
    if (shift === undefined && this.#isOfChannels(operand, last)) return { with: { ...found, shift: operand }, by };
    return this.#isAddedInPlace(operand, by) ? { with: { ...found, sum: operand }, by } : undefined;
  }

  #isOfChannels(id: number, { aval }: Node): boolean {
    return equalShapes(this.#avals[id]!.shape, [1, aval.shape[1]!, 1, 1]);
  }

  /** The result takes the place of an image that nothing reads later: it would have to be copied otherwise. */
  #isAddedInPlace(id: number, by: Node): boolean {
    const readers = this.#users.get(id) ?? [];
    return this.#isBlocked(id) && !this.#outputs.has(id) && readers.at(-1) === by && equalShapes(this.#avals[id]!.shape, by.aval.shape);
  }

  #isAlike({ op, inputs, aval }: Node): boolean {
    if (!alike.has(op) || aval.shape.length !== 4 || !this.#isWhole(aval.shape[1]!)) return false;
    const images = inputs.filter((id) => !isNumber(this.#avals[id]!));
    return images.every((id) => equalShapes(this.#avals[id]!.shape, aval.shape)) && images.some((id) => this.#isBlocked(id));
  }
}

/** Of one element, and of no more axes than an image. */
export const isNumber = ({ shape }: Aval): boolean => sizeOf(shape) === 1 && shape.length <= 4;
