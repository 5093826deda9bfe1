import type { AnyStage } from "@leader/core";
import { errors } from "../../error-codes.js";
import { stopOn, type Diagnostic } from "./diagnostic.js";
import type { ConfigDocument } from "./document.js";
import { jsonSchemaOf, knownKeys, type JsonSchema } from "./json-schema.js";
import { nearest } from "../nearest.js";

/** Longer values are cut in messages. */
const longestValue = 60;

type Schema = AnyStage["options"];
type Output<S extends Schema> = NonNullable<S["~standard"]["types"]>["output"];

interface Issue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
  // zod's own members, which it keeps on the issues of a Standard Schema.
  readonly code?: string;
  readonly keys?: readonly string[];
  readonly errors?: readonly (readonly Issue[])[];
  readonly issues?: readonly Issue[];
}

/** What was valid, or what was wrong and where. */
export type Validated<T = unknown> = { readonly value: T } | { readonly diagnostics: readonly Diagnostic[] };

/** What was valid. Errors: `ConfigError` for what was not. */
export function validOrStop<T>(result: Validated<T>): T {
  if ("value" in result) return result.value;
  stopOn(result.diagnostics);
  throw new TypeError("a schema refused a value and gave no issue");
}

/**
 * Checks a part of the configuration against a Standard Schema. A wrong value is shown at the value, an unknown key at the
 * key, a missing key at the key of what lacks it.
 * @param prefix path of the part within the document; @param value its value; @param what its name in messages
 */
export async function validatePart<S extends Schema>(
  schema: S,
  prefix: readonly PropertyKey[],
  value: unknown,
  what: string,
  document: ConfigDocument,
): Promise<Validated<Output<S>>> {
  const result = await schema["~standard"].validate(value);
  if (result.issues === undefined) return { value: result.value };
  const report = new Report(prefix, value, what, document, jsonSchemaOf(schema));
  return { diagnostics: result.issues.flatMap((issue) => report.of(issue, [])) };
}

class Report {
  readonly #prefix: readonly PropertyKey[];
  readonly #value: unknown;
  readonly #what: string;
  readonly #document: ConfigDocument;
  readonly #schema: JsonSchema | undefined;

  constructor(prefix: readonly PropertyKey[], value: unknown, what: string, document: ConfigDocument, schema: JsonSchema | undefined) {
    this.#prefix = prefix;
    this.#value = value;
    this.#what = what;
    this.#document = document;
    this.#schema = schema;
  }

  of(issue: Issue, base: readonly PropertyKey[]): readonly Diagnostic[] {
    const path = [...base, ...(issue.path ?? []).map((part) => (typeof part === "object" ? part.key : part))];
    if (issue.code === "unrecognized_keys" && issue.keys !== undefined) return issue.keys.map((key) => this.#unknownKey(path, key));
    if (issue.code === "invalid_key") return [this.#wrongName(path, issue.issues?.[0]?.message ?? issue.message)];
    const branch = issue.code === "invalid_union" ? likeliest(issue.errors ?? []) : undefined;
    if (branch !== undefined) return branch.flatMap((inner) => this.of(inner, path));
    if (path.length > 0 && at(this.#value, path) === undefined) return [this.#missingKey(path, issue.message)];
    const received = shorten(at(this.#value, path));
    const problem = tidy(issue.message).replace(/, received .*$/u, "");
    return [
      this.#document.diagnose(errors.CONFIG_INVALID_VALUE({ where: this.#where(path), problem, received }), [...this.#prefix, ...path]),
    ];
  }

  #unknownKey(path: readonly PropertyKey[], key: string): Diagnostic {
    const known = knownKeys(this.#schema, path);
    const error = errors.CONFIG_UNKNOWN_KEY({ key, where: this.#where(path), similar: nearest(key, known), known });
    return this.#document.diagnose(error, [...this.#prefix, ...path, key], "key");
  }

  /** A name that users give, such as that of a method of a bench. */
  #wrongName(path: readonly PropertyKey[], message: string): Diagnostic {
    const received = shorten(String(path.at(-1)));
    const error = errors.CONFIG_INVALID_VALUE({ where: this.#where(path.slice(0, -1)), problem: tidy(message), received });
    return this.#document.diagnose(error, [...this.#prefix, ...path], "key");
  }

  #missingKey(path: readonly PropertyKey[], message: string): Diagnostic {
    const parent = path.slice(0, -1);
    const expected = tidy(message).replace(/, received .*$/u, "");
    const error = errors.CONFIG_MISSING_KEY({ key: String(path.at(-1)), where: this.#where(parent), expected });
    return this.#document.diagnose(error, [...this.#prefix, ...parent], "key");
  }

  #where(path: readonly PropertyKey[]): string {
    return path.length === 0 ? this.#what : `\`${path.map(String).join(".")}\` of ${this.#what}`;
  }
}

/** The alternative of a union that the value came nearest to: the one whose first problem lies deepest. */
function likeliest(branches: readonly (readonly Issue[])[]): readonly Issue[] | undefined {
  const depth = (issues: readonly Issue[]): number =>
    Math.max(0, ...issues.map((issue) => (issue.path?.length ?? 0) + (issue.code === "unrecognized_keys" ? 1 : 0)));
  const deepest = [...branches].sort((a, b) => depth(b) - depth(a))[0];
  if (deepest === undefined) return undefined;
  if (depth(deepest) > 0) return deepest;
  // No alternative fits even at the top: name them all.
  const messages = branches.flat().map((issue) =>
    tidy(issue.message)
      .replace(/, received .*$/u, "")
      .replace(/^expected /u, ""),
  );
  return [{ message: `expected ${[...new Set(messages)].join(" or ")}`, path: [] }];
}

function at(value: unknown, path: readonly PropertyKey[]): unknown {
  let current = value;
  for (const key of path)
    current = typeof current === "object" && current !== null ? Reflect.get<object, PropertyKey>(current, key) : undefined;
  return current;
}

/** zod's message without its heading: "Invalid input: expected number" says no more than "expected number". */
const tidy = (message: string): string => {
  const body = message.replace(/^(?:Invalid input|Invalid option|Too big|Too small|Invalid string): /u, "");
  // A pipeline file has mappings and lists, not objects and arrays.
  const text = body.replace(/\bexpected (?:object|record)\b/u, "expected a mapping").replace(/\bexpected array\b/u, "expected a list");
  return text === "" ? message : text;
};

function shorten(value: unknown): string {
  // JSON writes null for infinity, and nothing at all for a function unless it stands in a list.
  const text = typeof value === "number" ? String(value) : JSON.stringify([value]).slice(1, -1);
  return text.length > longestValue ? `${text.slice(0, longestValue)}...` : text;
}
