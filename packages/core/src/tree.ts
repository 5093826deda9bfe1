/**
 * Trees of tensors: how a stage's state becomes graph outputs and comes back as graph inputs.
 * `isLeaf` decides what counts as a tensor, since leaves may be records themselves.
 */

/** Anything a stage keeps between steps: tensors in nested records and lists of fixed structure. */
export type Tree<T> = T | readonly Tree<T>[] | { readonly [key: string]: Tree<T> };

/** Leaves in a fixed order (record keys sorted). */
export function flattenTree<T>(tree: Tree<T>, isLeaf: (value: unknown) => value is T): readonly T[] {
  if (isLeaf(tree)) return [tree];
  return children(tree).flatMap(([, child]) => flattenTree(child, isLeaf));
}

/** The same structure with each leaf replaced. */
export function mapTree<T, U>(tree: Tree<T>, isLeaf: (value: unknown) => value is T, f: (leaf: T, path: string) => U, path = ""): Tree<U> {
  if (isLeaf(tree)) return f(tree, path);
  const mapped = children(tree).map(([key, child]) => [key, mapTree(child, isLeaf, f, path === "" ? key : `${path}.${key}`)] as const);
  return Array.isArray(tree) ? mapped.map(([, child]) => child) : Object.fromEntries(mapped);
}

/** A tree that is no leaf: `isLeaf` has been asked. */
type Branch<T> = readonly Tree<T>[] | { readonly [key: string]: Tree<T> };

const isList = <T>(tree: Branch<T>): tree is readonly Tree<T>[] => Array.isArray(tree);

function children<T>(tree: Branch<T>): readonly (readonly [string, Tree<T>])[] {
  if (isList(tree)) return tree.map((child, i) => [String(i), child] as const);
  return Object.entries(tree).sort(([a], [b]) => (a < b ? -1 : 1));
}
