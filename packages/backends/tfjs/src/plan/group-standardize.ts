import { equalShapes, isOp, type Graph, type Node } from "@leader/graph";
import type { Kernel } from "../lowering/lowering.js";
import { standardizeAxes } from "../lowering/reduce.js";
import { mutable } from "../lowering/lowering.js";
import type { Tfjs } from "../tfjs.js";

/** Group normalisation as files spell it: split the channels into groups, standardize each, put them back. */
export interface GroupStandardize {
  /** Value that is normalised, and the shape that it has before and after. */
  readonly input: number;
  readonly shape: readonly number[];
  readonly groups: number;
  readonly epsilon: number;
}

/** The pattern by its last node; `inner` are the nodes that nothing else reads. */
export interface GroupPatterns {
  readonly byEnd: ReadonlyMap<number, GroupStandardize>;
  readonly inner: ReadonlyMap<number, number>;
}

/** Finds Reshape -> Standardize -> Reshape over whole groups of channels, which the reshapes hide from the layout. */
export function findGroupPatterns(graph: Graph): GroupPatterns {
  const nodes = new Map(graph.nodes.map((node) => [node.id, node]));
  const readers = new Map<number, number>();
  for (const id of [...graph.nodes.flatMap((node) => node.inputs), ...graph.outputs]) readers.set(id, (readers.get(id) ?? 0) + 1);
  const byEnd = new Map<number, GroupStandardize>();
  const inner = new Map<number, number>();
  const single = (id: number): Node | undefined => (readers.get(id) === 1 ? nodes.get(id) : undefined);
  for (const node of graph.nodes) {
    if (!isOp(node, "Reshape")) continue;
    const standardize = single(node.inputs[0]!);
    if (standardize === undefined || !isOp(standardize, "Standardize") || standardize.attrs.axis !== 2) continue;
    const split = single(standardize.inputs[0]!);
    if (split === undefined || !isOp(split, "Reshape")) continue;
    const shape = node.aval.shape;
    const [images, groups] = split.aval.shape;
    const from = nodes.get(split.inputs[0]!)?.aval.shape ?? graph.params[split.inputs[0]!]?.aval.shape;
    if (from === undefined || shape.length < 3 || !equalShapes(from, shape) || images !== shape[0] || shape[1]! % groups! !== 0) continue;
    byEnd.set(node.id, { input: split.inputs[0]!, shape, groups: groups!, epsilon: standardize.attrs.epsilon });
    inner.set(standardize.id, node.id);
    inner.set(split.id, node.id);
  }
  return { byEnd, inner };
}

/** The same with the channels last: [N,...,C] as [N,pixels,groups,C/groups], over pixels and the channels of a group. */
export function groupKernel(tf: Tfjs, { shape, groups, epsilon }: GroupStandardize): Kernel {
  const [images, channels] = [shape[0]!, shape[1]!];
  const pixels = shape.slice(2).reduce((a, b) => a * b, 1);
  const output = mutable([images, ...shape.slice(2), channels]);
  const standardize = standardizeAxes(tf, [1, 3], epsilon);
  return ([x]) => tf.reshape(standardize(tf.reshape(x!, [images, pixels, groups, channels / groups])), output);
}
