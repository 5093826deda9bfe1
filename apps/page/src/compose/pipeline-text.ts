import { type Document, isCollection, isMap, LineCounter, parse, parseDocument } from "yaml";
import { isRecord, type Fields } from "../api/records.js";

/** The pipeline is its text; the form reads it and changes it in place, so that comments and order stay. */

export type Path = readonly string[];

/** What a text says, or why it says nothing. */
export interface ReadPipeline {
  readonly value: Fields;
  readonly problem?: { readonly message: string; readonly line: number; readonly column: number };
}

export function readPipeline(text: string): ReadPipeline {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter, prettyErrors: false });
  const [error] = document.errors;
  if (error !== undefined) {
    const { line, col } = lineCounter.linePos(error.pos[0]);
    return { value: {}, problem: { message: error.message, line, column: col } };
  }
  const value: unknown = document.toJS();
  if (isRecord(value) || value === null) return { value: value ?? {} };
  return { value: {}, problem: { message: "A pipeline is a mapping of keys.", line: 1, column: 1 } };
}

/** What stands at a path; undefined if nothing does. */
export const valueAt = (value: unknown, path: Path): unknown =>
  path.reduce<unknown>((at, key) => (isRecord(at) ? at[key] : undefined), value);

/**
 * The text with another value at a path, or without one where it is undefined. Mappings that become empty go too, and what is not a mapping
 * on the way is replaced by one. A text that cannot be read stays as it is.
 */
export function withValue(text: string, path: Path, value: unknown): string {
  const document: Document = parseDocument(text);
  if (document.errors.length > 0) return text;
  if (value === undefined) {
    if (!document.hasIn(path)) return text;
    document.deleteIn(path);
    for (let up = path.slice(0, -1); up.length > 0 && isEmptyMap(document.getIn(up)); up = up.slice(0, -1)) document.deleteIn(up);
  } else {
    for (let depth = 0; depth < path.length; depth++) {
      const above = path.slice(0, depth);
      const there: unknown = depth === 0 ? document.contents : document.getIn(above);
      if (isCollection(there)) continue;
      if (depth === 0) document.contents = document.createNode({});
      else document.setIn(above, document.createNode({}));
    }
    document.setIn(path, document.createNode(value));
  }
  return document.toString({ lineWidth: 0 });
}

const isEmptyMap = (node: unknown): boolean => isMap(node) && node.items.length === 0;

/** The text of a value as it is typed into one field. */
export function typedOf(value: unknown): string {
  if (value === undefined) return "";
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** The value of a text that is typed into one field: YAML, and otherwise the text itself. Undefined if it is empty. */
export function valueOfTyped(text: string): unknown {
  if (text.trim() === "") return undefined;
  try {
    const value: unknown = parse(text);
    return value;
  } catch {
    return text;
  }
}

/** A number where it is one; otherwise the text, which the service then refuses at its place. */
export function numberOfTyped(text: string): unknown {
  if (text.trim() === "") return undefined;
  return Number.isFinite(Number(text)) ? Number(text) : text;
}

/** Where a line begins and ends in a text, as offsets. Lines count from 1. */
export function lineSpan(text: string, line: number): readonly [number, number] {
  const lines = text.split("\n");
  const start = lines.slice(0, line - 1).reduce((sum, before) => sum + before.length + 1, 0);
  return [start, start + (lines[line - 1]?.length ?? 0)];
}
