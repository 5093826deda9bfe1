import { isRecord } from "@leader/graph";

/** A copy of a tree, or how many keys of the path lead to a value that holds none. */
export type Put = { readonly value: unknown } | { readonly blocked: number };

/** A copy of a tree with a value put at a path; mappings are made on the way. */
export function putAt(tree: unknown, path: readonly string[], value: unknown): Put {
  const put = (node: unknown, depth: number): Put => {
    const key = path[depth];
    if (key === undefined) return { value };
    const isItem = Array.isArray(node) && /^\d+$/u.test(key) && Number(key) < node.length;
    if (!isItem && !isRecord(node) && node !== undefined && node !== null) return { blocked: depth };
    const below: unknown = isItem ? node[Number(key)] : isRecord(node) && Object.hasOwn(node, key) ? node[key] : undefined;
    const made = put(below, depth + 1);
    if ("blocked" in made) return made;
    if (isItem) return { value: node.map((item: unknown, i) => (i === Number(key) ? made.value : item)) };
    return { value: { ...(isRecord(node) ? node : {}), [key]: made.value } };
  };
  return put(tree, 0);
}

/** A copy of a record that lacks a key. */
export function withoutKey(key: string, record: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const { [key]: _left, ...rest } = record;
  return rest;
}

/** The value at a path; undefined if there is none. */
export function valueAt(tree: unknown, path: readonly PropertyKey[]): unknown {
  let node = tree;
  for (const key of path) {
    if (typeof node !== "object" || node === null || !Object.hasOwn(node, key)) return undefined;
    node = Reflect.get<object, PropertyKey>(node, key);
  }
  return node;
}
