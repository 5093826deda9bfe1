import type { LeaderError } from "@leader/graph";
import { diagnose, stopOn, type Diagnostic, type Place } from "./diagnostic.js";
import { applyOverride, parseOverride, type Override } from "./override.js";
import { YamlSource } from "./yaml-source.js";

/** A configuration as a plain value that knows where each part of it was written. */
export interface ConfigDocument {
  readonly value: unknown;
  readonly file: string;
  /** Where the value at a path stands; `key` points at its key. Falls back to the nearest enclosing value. */
  locate(path: readonly PropertyKey[], at: "key" | "value"): Place;
  /** The diagnostic of an error at a path. */
  diagnose(error: LeaderError, path: readonly PropertyKey[], at?: "key" | "value"): Diagnostic;
}

/** Parses a YAML text and applies overrides. Throws `ConfigError` with every syntax problem of the text and of the overrides. */
export function parseDocumentText(text: string, file: string, overrides: readonly string[]): ConfigDocument {
  const source = new YamlSource(text, file);
  stopOn(source.diagnostics);
  return withOverrides(
    source.value,
    file,
    overrides,
    (path, at) => source.find(path, at) ?? (path.length === 0 ? source.placeAt(0, 0) : undefined),
  );
}

/** The same for a configuration made in code, which has no text to point into. */
export function documentOfObject(value: unknown, file: string, overrides: readonly string[]): ConfigDocument {
  return withOverrides(value, file, overrides, () => ({ file }));
}

function withOverrides(
  value: unknown,
  file: string,
  texts: readonly string[],
  findInSource: (path: readonly PropertyKey[], at: "key" | "value") => Place | undefined,
): ConfigDocument {
  const parsed = texts.map(parseOverride);
  stopOn(parsed.flatMap((result) => ("argument" in result ? [] : result)));
  const overrides = parsed.filter((result): result is Override => "argument" in result);
  let current = value;
  for (const override of overrides) {
    const applied = applyOverride(current, override);
    if ("problem" in applied) stopOn([applied.problem]);
    else current = applied.value;
  }
  const locate = (path: readonly PropertyKey[], at: "key" | "value"): Place => {
    const above = overrides.findLast((o) => startsWith(path, o.path));
    const found =
      above?.find(path, at) ??
      findInSource(path, at) ??
      overrides.findLast((o) => startsWith(o.path, path) && path.length > 0)?.find(path, at);
    if (found !== undefined) return found;
    return path.length === 0 ? { file } : locate(path.slice(0, -1), "key");
  };
  return { value: current, file, locate, diagnose: (error, path, at = "value") => diagnose(error, path, locate(path, at)) };
}

const startsWith = (path: readonly PropertyKey[], prefix: readonly PropertyKey[]): boolean =>
  prefix.length <= path.length && prefix.every((key, i) => String(path[i]) === String(key));
