import { errors } from "../error-codes.js";
import { type Aval, formatAval, type GraphBuilder, memberOf, Tensor } from "@leader/graph";
import { flattenTree, mapTree, type Tree } from "../tree.js";

/** The structure of a tree of tensors, with the type of each leaf. */
export type TreeSpec = Tree<LeafSpec>;
interface LeafSpec extends Aval {
  readonly leaf: true;
}

const isTensor = (value: unknown): value is Tensor => value instanceof Tensor;
const isLeafSpec = (value: unknown): value is LeafSpec => memberOf(value, "leaf") === true;

export function specOf(tree: Tree<Tensor>): TreeSpec {
  return mapTree(tree, isTensor, (t): LeafSpec => ({ leaf: true, shape: t.shape, dtype: t.dtype }));
}

/** Graph inputs in the shape of the tree, named `<prefix>.<number>`. */
export function treeInputs(builder: GraphBuilder, prefix: string, spec: TreeSpec): Tree<Tensor> {
  let next = 0;
  return mapTree(spec, isLeafSpec, (leaf) => builder.param(`${prefix}.${next++}`, leaf));
}

/** Results of the tree's leaves under the names that `treeInputs` gives them. */
export function treeResults(prefix: string, tree: Tree<Tensor>): readonly (readonly [string, Tensor])[] {
  return flattenTree(tree, isTensor).map((tensor, i) => [`${prefix}.${i}`, tensor] as const);
}

/** A stage's state keeps its structure from step to step, or a coded error says what changed. */
export function checkSameStructure(stage: string, before: TreeSpec, after: Tree<Tensor>): void {
  const expected = describe(before);
  const received = describe(specOf(after));
  if (expected !== received) throw errors.STATE_STRUCTURE_CHANGED({ stage, expected, received });
}

function describe(spec: TreeSpec): string {
  const leaves: string[] = [];
  mapTree(spec, isLeafSpec, (leaf, path) => leaves.push(`${path === "" ? "state" : path}: ${formatAval(leaf)}`));
  return `{ ${leaves.join(", ")} }`;
}
