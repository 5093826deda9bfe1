import type { LeaderError } from "@leader/graph";
import { diagnose, stopOn, type Diagnostic, type Place } from "./diagnostic.js";
import { startsWith, type FindStated, type Stated } from "./layers/layer.js";
import { applyOverride, parseOverride, type Override } from "./override.js";
import { valueAt } from "./put-at.js";
import { YamlSource } from "./yaml-source.js";

/** A configuration as a plain value that knows where each part of it was written. */
export interface ConfigDocument {
  readonly value: unknown;
  readonly file: string;
  /** Where the value at a path stands; `key` points at its key. Falls back to the nearest enclosing value. */
  locate(path: readonly PropertyKey[], at: "key" | "value"): Place;
  /** Who stated the value at a path, and where; undefined if nobody did. */
  statedAt(path: readonly PropertyKey[]): Stated | undefined;
  /** The diagnostic of an error at a path. */
  diagnose(error: LeaderError, path: readonly PropertyKey[], at?: "key" | "value"): Diagnostic;
}

/**
 * Parses one YAML text by itself and applies overrides; what it extends is not read. Throws `ConfigError` with every syntax problem of the
 * text and of the overrides.
 */
export function parseDocumentText(text: string, file: string, overrides: readonly string[]): ConfigDocument {
  const source = new YamlSource(text, file);
  stopOn(source.diagnostics);
  return documentOf(source.value, file, overrides, (path, at) => {
    const place = source.findOrWhole(path, at);
    return place === undefined ? undefined : { by: "pipeline", place };
  });
}

/**
 * A configuration with overrides applied.
 * @param find tells who stated what before that
 * Errors: `ConfigError` with every problem of the overrides.
 */
export function documentOf(value: unknown, file: string, texts: readonly string[], find: FindStated): ConfigDocument {
  const parsed = texts.map(parseOverride);
  stopOn(parsed.flatMap((result) => ("argument" in result ? [] : result)));
  const overrides = parsed.filter((result): result is Override => "argument" in result);
  let current = value;
  for (const override of overrides) {
    const applied = applyOverride(current, override);
    if ("problem" in applied) stopOn([applied.problem]);
    else current = applied.value;
  }
  const set = (override: Override | undefined, path: readonly PropertyKey[], at: "key" | "value"): Stated | undefined =>
    override === undefined ? undefined : { by: "set", place: override.find(path, at) };
  const stated: FindStated = (path, at) =>
    set(
      overrides.findLast((o) => startsWith(path, o.path)),
      path,
      at,
    ) ?? find(path, at);
  const locate = (path: readonly PropertyKey[], at: "key" | "value"): Place => {
    const below = path.length > 0 ? overrides.findLast((o) => startsWith(o.path, path)) : undefined;
    const found = (stated(path, at) ?? set(below, path, at))?.place;
    if (found !== undefined) return found;
    return path.length === 0 ? { file } : locate(path.slice(0, -1), "key");
  };
  return {
    value: current,
    file,
    locate,
    statedAt: (path) => (valueAt(current, path) === undefined ? undefined : stated(path, "value")),
    diagnose: (error, path, at = "value") => diagnose(error, path, locate(path, at)),
  };
}
