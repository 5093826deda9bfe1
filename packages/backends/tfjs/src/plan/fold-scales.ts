import { eliminateDeadNodes, equalShapes, isOp, rewrite, sizeOf, type Graph, type HostTensor, type Node, type Tensor } from "@leader/graph";
import { arrangeConstant } from "./arrange-constant.js";
import { axesIn, ofRank } from "./layout.js";

/** A product with a convolution's result that can go into its weights. */
interface Scaling {
  readonly conv: Node<"Conv">;
  readonly weights: HostTensor;
  readonly factor: number;
  /** What is added to the product, channel by channel. */
  readonly shift?: number;
}

/**
 * Networks scale and shift the result of a convolution by numbers that depend on the noise level: conv(x, w, b) s + t. The same is
 * conv(x, w s, b s + t), which spares two passes over an image for one over the weights. Only where the weights are the smaller.
 */
export function foldScales(graph: Graph): Graph {
  const scalings = findScalings(graph);
  if (scalings.size === 0) return graph;
  const values = new Map<number, Tensor>();
  const replay = rewrite(graph, (node, operands, builder) => {
    node.inputs.forEach((id, i) => values.set(id, operands[i]!));
    const scaling = scalings.get(node.id);
    const result = scaling === undefined ? builder.emit(node.op, operands, node.attrs) : scaled(scaling, (id) => values.get(id)!);
    values.set(node.id, result);
    return result;
  });
  return eliminateDeadNodes(replay);
}

function scaled({ conv, weights, factor, shift }: Scaling, valueOf: (id: number) => Tensor): Tensor {
  const [image, , bias] = conv.inputs.map(valueOf);
  const scale = valueOf(factor).reshape([weights.shape[0]!]);
  const terms = [...(bias === undefined ? [] : [bias.mul(scale)]), ...(shift === undefined ? [] : [valueOf(shift).reshape(scale.shape)])];
  // In the order of the memory the filters come last, and the transposition back moves nothing.
  const filter = image!.trace.constant(arrangeConstant(weights, "filter")).mul(scale);
  const axes = axesIn("filter", weights.shape.length);
  const language = filter.transpose(axes.map((_, axis) => axes.indexOf(axis)));
  const sum = terms.length === 2 ? [terms[0]!.add(terms[1]!)] : terms;
  return image!.trace.emit("Conv", [image!, language, ...sum], conv.attrs);
}

/** By the node that a scaled convolution takes the place of. */
function findScalings(graph: Graph): ReadonlyMap<number, Scaling> {
  const nodes = new Map(graph.nodes.map((node) => [node.id, node]));
  const readers = new Map<number, number>();
  for (const id of [...graph.nodes.flatMap((node) => node.inputs), ...graph.outputs]) readers.set(id, (readers.get(id) ?? 0) + 1);
  const shapeOf = (id: number): readonly number[] => nodes.get(id)?.aval.shape ?? graph.params[id]!.aval.shape;
  const only = (id: number): Node | undefined => (readers.get(id) === 1 ? nodes.get(id) : undefined);
  const constantOf = (id: number): HostTensor | undefined => {
    const node = nodes.get(id);
    return node !== undefined && isOp(node, "Constant") ? node.attrs.value : undefined;
  };
  const perChannel = (id: number, [, channels, ...spatial]: readonly number[]): boolean =>
    equalShapes(ofRank(shapeOf(id), spatial.length + 2), [1, channels!, ...spatial.map(() => 1)]);

  const products = new Map<number, Scaling>();
  const found = new Map<number, Scaling>();
  for (const node of graph.nodes) {
    const { shape } = node.aval;
    for (const [image = -1, other = -1] of [node.inputs, node.inputs.toReversed()]) {
      const made = node.inputs.length === 2 ? only(image) : undefined;
      if (made === undefined || !equalShapes(made.aval.shape, shape) || !perChannel(other, shape)) continue;
      const weights = isOp(node, "Mul") && isOp(made, "Conv") ? constantOf(made.inputs[1]!) : undefined;
      if (weights !== undefined && isOp(made, "Conv") && sizeOf(weights.shape) < sizeOf(shape)) {
        const product = { conv: made, weights, factor: other };
        products.set(node.id, product);
        found.set(node.id, product);
        break;
      }
      const product = isOp(node, "Add") ? products.get(made.id) : undefined;
      if (product === undefined) continue;
      found.set(node.id, { ...product, shift: other });
      // The product itself is then read by nobody.
      found.delete(made.id);
      break;
    }
  }
  return found;
}
