import { avalsOf, defined, extents, sizeOf, type Aval, type Graph, type Node } from "@leader/graph";
import type { GraphWriter, RuntimeForms } from "@leader/graph/onnx";
import { blockedWeight, filled } from "./blocked-weights.js";
import { isNumber, type BlockedConvolution, type BlockedPlan } from "./blocked-plan.js";

/** The runtime's own operator set for images whose channels lie in blocks: [N, C / block, H, W, block] under the shape [N, C, H, W]. */
export const blockedDomain = "com.microsoft.nchwc";

/**
 * Writes the nodes of a plan for the blocked layout. What follows a convolution in the plan becomes part of it: factors of the channels go to its
 * weights, which are few, in place of to every pixel.
 */
export class BlockedForms implements RuntimeForms {
  readonly domain = blockedDomain;
  readonly version = 1;
  readonly #plan: BlockedPlan;
  readonly #block: number;
  readonly #avals: readonly Aval[];
  /** Names of images in the blocked layout, by the ids of their values. */
  readonly #blocked = new Map<number, string>();

  constructor(graph: Graph, plan: BlockedPlan, block: number) {
    this.#plan = plan;
    this.#block = block;
    this.#avals = avalsOf(graph);
  }

  write(writer: GraphWriter, node: Node, nameOf: (id: number) => string): boolean {
    const { convolutions, within, elementwise } = this.#plan;
    const convolution = convolutions.get(node.id);
    if (convolution !== undefined) this.#blocked.set(node.id, this.#convolution(writer, convolution, nameOf));
    else if (elementwise.has(node.id)) this.#blocked.set(node.id, this.#alike(writer, node, nameOf));
    else return within.has(node.id);
    return true;
  }

  read(writer: GraphWriter, id: number): string {
    const channels = this.#avals[id]!.shape[1]!;
    return writer.node("ReorderOutput", [this.#blocked.get(id)!], { channels: { int: channels } }, blockedDomain);
  }

  #alike(writer: GraphWriter, node: Node, nameOf: (id: number) => string): string {
    const operands = node.inputs.map((id) => (isNumber(this.#avals[id]!) ? nameOf(id) : this.#image(writer, id, nameOf)));
    return writer.node(node.op, operands);
  }

  /** An image in the blocked layout. */
  #image(writer: GraphWriter, id: number, nameOf: (id: number) => string): string {
    const known = this.#blocked.get(id) ?? writer.node("ReorderInput", [nameOf(id)], {}, blockedDomain);
    this.#blocked.set(id, known);
    return known;
  }

  #convolution(writer: GraphWriter, { conv, image, gain, scale, shift, sum }: BlockedConvolution, nameOf: (id: number) => string): string {
    const [, weight, bias] = conv.inputs;
    const shape = extents(this.#avals[weight!]!.shape, 4);
    const [outputs, , ...kernel] = shape;
    const channels = this.#avals[image]!.shape[1]!;
    const [gains, factors, shifted] = [gain, scale, shift].map((id) =>
      id === undefined ? undefined : writer.node("Reshape", [nameOf(id), writer.ints([sizeOf(this.#avals[id]!.shape)])]),
    );
    const own = bias === undefined ? undefined : filled(writer, nameOf(bias), [outputs], this.#block);
    const added = sumOf(writer, productOf(writer, own, factors), shifted);
    const read = channels < this.#block ? nameOf(image) : this.#image(writer, image, nameOf);
    const weights = blockedWeight(writer, nameOf(weight!), shape, { block: this.#block, ...defined({ gains, factors }) });
    // What is summed comes after a bias only.
    const needed = sum === undefined ? added : (added ?? writer.filled([outputs], 0));
    const operands = [read, weights, needed, sum === undefined ? undefined : this.#blocked.get(sum)];
    return writer.node("Conv", present(operands), convolutionAttributes(conv, kernel), blockedDomain);
  }
}

const present = (names: readonly (string | undefined)[]): readonly string[] => names.filter((name) => name !== undefined);

/** The values times the factors, of which either may be absent. */
const productOf = (writer: GraphWriter, values: string | undefined, factors: string | undefined): string | undefined =>
  values === undefined || factors === undefined ? values : writer.node("Mul", [values, factors]);

const sumOf = (writer: GraphWriter, a: string | undefined, b: string | undefined): string | undefined =>
  a === undefined || b === undefined ? (a ?? b) : writer.node("Add", [a, b]);

const convolutionAttributes = ({ attrs }: Node<"Conv">, kernel: readonly number[]): Parameters<GraphWriter["node"]>[2] => ({
  kernel_shape: { ints: kernel },
  strides: { ints: attrs.strides },
  pads: { ints: attrs.pads },
  dilations: { ints: attrs.dilations },
  group: { int: attrs.groups },
});
