import {
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  type Document,
  type Pair,
  type Range,
  type YAMLError,
} from "yaml";
import type { LeaderError } from "@leader/graph";
import { errors } from "../../error-codes.js";
import { diagnose, type Diagnostic, type Place } from "./diagnostic.js";
import { codeFrame } from "./frame.js";
import { excessOf, limits } from "./guard.js";

/** More would not be read. */
const mostDiagnostics = 20;

/** A parsed YAML text that can say where each of its values stands. */
export class YamlSource {
  readonly file: string;
  readonly text: string;
  readonly #document: Document.Parsed | undefined;
  readonly #lines = new LineCounter();
  readonly #diagnostics: Diagnostic[] = [];
  readonly #value: unknown;

  /** Never throws: what is wrong is in `diagnostics`, and then `value` is undefined. */
  constructor(text: string, file: string) {
    this.text = text;
    this.file = file;
    if (!this.#guard()) return;
    this.#document = parseDocument(text, { lineCounter: this.#lines, uniqueKeys: false, prettyErrors: false, logLevel: "error" });
    for (const error of this.#document.errors.slice(0, mostDiagnostics)) this.#reportSyntax(error);
    if (this.#diagnostics.length > 0) return;
    this.#walk(this.#document.contents, [], []);
    if (this.#diagnostics.length > 0) return;
    this.#value = this.#expand(this.#document);
  }

  get diagnostics(): readonly Diagnostic[] {
    return this.#diagnostics;
  }

  /** The plain value of the text. */
  get value(): unknown {
    return this.#value;
  }

  /** The place of the value (or of its key) at a path, or undefined if the text has nothing there. */
  find(path: readonly PropertyKey[], at: "key" | "value"): Place | undefined {
    let node: unknown = this.#document?.contents;
    let pair: Pair | undefined;
    for (const key of path) {
      const parent = this.#resolve(node);
      pair = isMap(parent) ? parent.items.find((item) => keyOf(item) === String(key)) : undefined;
      node = isSeq(parent) ? parent.items[Number(key)] : pair?.value;
      if (pair === undefined && node === undefined) return undefined;
    }
    const range = rangeOf(at === "key" ? (pair?.key ?? node) : (node ?? pair?.key));
    return range === undefined ? undefined : this.placeAt(range[0], range[1]);
  }

  /** The same; the empty path of an empty text stands at its beginning. */
  findOrWhole(path: readonly PropertyKey[], at: "key" | "value"): Place | undefined {
    return this.find(path, at) ?? (path.length === 0 ? this.placeAt(0, 0) : undefined);
  }

  /** The place of a stretch of the text. */
  placeAt(start: number, end: number): Place {
    const before = this.text.slice(0, start);
    const line = before.split(/\r\n|\n|\r/u).length;
    const column = start - Math.max(before.lastIndexOf("\n"), before.lastIndexOf("\r"));
    const firstLine = this.text.slice(start, Math.max(end, start + 1)).split(/[\r\n]/u)[0] ?? "";
    const length = Math.max(1, firstLine.length);
    return { file: this.file, line, column, length, frame: codeFrame(this.text, line, column, length) };
  }

  #report(error: LeaderError, path: readonly PropertyKey[], start: number, end: number): void {
    if (this.#diagnostics.length < mostDiagnostics) this.#diagnostics.push(diagnose(error, path, this.placeAt(start, end)));
  }

  #guard(): boolean {
    const control = this.text.indexOf("\0");
    if (control >= 0) this.#report(errors.CONFIG_NOT_TEXT({ problem: "it holds a NUL character" }), [], control, control + 1);
    const excess = control >= 0 ? undefined : excessOf(this.text);
    if (excess !== undefined) this.#report(errors.CONFIG_TOO_LARGE(excess), [], excess.offset, excess.offset + 1);
    return this.#diagnostics.length === 0;
  }

  #reportSyntax(error: YAMLError): void {
    const [start, end] = error.pos;
    const rest = this.text.slice(start).split(/[\r\n]/u)[0] ?? "";
    const value = /^[^\s,}\]]*/u.exec(rest)?.[0] ?? rest;
    if (error.code === "BAD_SCALAR_START" && rest.startsWith("@")) {
      this.#report(errors.CONFIG_NEEDS_QUOTES({ value }), [], start, start + value.length);
    } else if (error.code === "MULTIPLE_DOCS") {
      this.#report(errors.CONFIG_SYNTAX({ problem: "the file holds more than one document; a pipeline is one" }), [], start, start + 3);
    } else {
      this.#report(errors.CONFIG_SYNTAX({ problem: error.message }), [], start, end);
    }
  }

  #resolve(node: unknown): unknown {
    return isAlias(node) && this.#document !== undefined ? node.resolve(this.#document) : node;
  }

  /** Refuses what a plain configuration does not need: tags, duplicate and exotic keys, aliases of what they stand in. */
  #walk(node: unknown, path: readonly string[], above: readonly unknown[]): void {
    if (isAlias(node) && above.includes(this.#resolve(node))) {
      const problem = `\`*${node.source}\` stands for what it is a part of`;
      this.#report(errors.CONFIG_ALIASES_REFUSED({ problem }), path, node.range?.[0] ?? 0, node.range?.[1] ?? 0);
    }
    if (isScalar(node) || isMap(node) || isSeq(node)) {
      const { tag, range } = node;
      if (tag !== undefined) this.#report(errors.CONFIG_TAG_REFUSED({ tag }), path, range?.[0] ?? 0, range?.[1] ?? 0);
    }
    if (isSeq(node)) for (const [i, item] of node.items.entries()) this.#walk(item, [...path, String(i)], [...above, node]);
    if (!isMap(node)) return;
    const seen = new Set<string>();
    for (const pair of node.items) {
      const key = keyOf(pair);
      this.#checkKey(pair, key, seen, path);
      if (key === undefined) continue;
      seen.add(key);
      this.#walk(pair.value, [...path, key], [...above, node]);
    }
  }

  #checkKey(pair: Pair, key: string | undefined, seen: ReadonlySet<string>, path: readonly string[]): void {
    const [start, end] = rangeOf(pair.key) ?? [0, 0];
    const refuse = (text: string, reason: string): void => {
      this.#report(errors.CONFIG_KEY_REFUSED({ key: text, reason }), path, start, end);
    };
    if (isScalar(pair.key) && pair.key.tag !== undefined) this.#report(errors.CONFIG_TAG_REFUSED({ tag: pair.key.tag }), path, start, end);
    if (key === undefined) refuse("here", "it is not a text");
    else if (key === "<<") refuse("`<<`", "merge keys are not supported");
    else if (key === "__proto__") refuse("`__proto__`", "it has a meaning of its own in JavaScript");
    else if (seen.has(key)) this.#report(errors.CONFIG_DUPLICATE_KEY({ key }), [...path, key], start, end);
  }

  #expand(document: Document.Parsed): unknown {
    try {
      return document.toJS({ maxAliasCount: limits.aliases });
    } catch (error) {
      const alias = /[^[{\s]\*|\*/u.exec(this.text)?.index ?? 0;
      this.#report(
        errors.CONFIG_ALIASES_REFUSED({ problem: error instanceof Error ? error.message : String(error) }),
        [],
        alias,
        alias + 1,
      );
      return undefined;
    }
  }
}

const rangeOf = (node: unknown): Range | undefined => (isNode(node) ? (node.range ?? undefined) : undefined);

const keyOf = (pair: Pair): string | undefined => (isScalar(pair.key) && typeof pair.key.value === "string" ? pair.key.value : undefined);
