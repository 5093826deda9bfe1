import { dirname, relative, resolve, sep } from "node:path";
import { isRecord } from "@leader/graph";
import type { ParentText } from "./layer.js";

/**
 * The value of a parent as it reads from the folder of the pipeline that extends it: texts that begin with `./` or `../` are paths
 * relative to the file that they stand in. Paths into packages become absolute, since a pipeline may move and they do not move with it.
 */
export function rebased(value: unknown, { kind, file }: Pick<ParentText, "kind" | "file">, directory: string): unknown {
  const folder = dirname(file);
  const path = (text: string): string => {
    const target = resolve(folder, text);
    if (kind === "preset") return target;
    const way = relative(directory, target).split(sep).join("/");
    return /^(?:\.\.\/|[A-Za-z]:)/u.test(way) ? way : `./${way}`;
  };
  const read = (node: unknown): unknown => {
    if (typeof node === "string") return /^\.{1,2}\//u.test(node) ? path(node) : node;
    if (Array.isArray(node)) return node.map(read);
    return isRecord(node) ? Object.fromEntries(Object.entries(node).map(([key, one]) => [key, read(one)])) : node;
  };
  return read(value);
}
