import { errors } from "../../error-codes.js";
import { diagnose, type Diagnostic, type Place } from "./diagnostic.js";
import { codeFrame } from "./frame.js";
import { putAt } from "./put-at.js";
import { YamlSource } from "./yaml-source.js";

/** What an override is called in messages. */
const file = "--set";

/** One `path=value` argument: its value is YAML, and problems with it point into its text. */
export interface Override {
  readonly argument: string;
  readonly path: readonly string[];
  readonly value: unknown;
  /** The place of a value (or key) at or below `path`, or of a part of `path` itself. */
  find(path: readonly PropertyKey[], at: "key" | "value"): Place;
}

/** Reads a `path=value` argument. A value that begins with `@` is a reference and needs no quotes here. */
export function parseOverride(argument: string): Override | readonly Diagnostic[] {
  const equals = argument.indexOf("=");
  const path = argument.slice(0, Math.max(0, equals)).split(".");
  const problem =
    equals < 0
      ? "an override has no `=`"
      : path.some((key) => key === "" || key === "__proto__")
        ? "the path of an override is not valid"
        : path[0] === "extends" || path[0] === "params"
          ? `\`${path[0]}\` is read before overrides are: ${path[0] === "params" ? "set a param with --param name=value" : "change it in the file"}`
          : undefined;
  if (problem !== undefined) return [diagnose(errors.OVERRIDE_INVALID({ problem }), [], place(argument, 0, argument.length))];
  const text = argument.slice(equals + 1);
  const source = text.startsWith("@") ? undefined : new YamlSource(text, file);
  const first = source?.diagnostics[0];
  if (first !== undefined) return [{ ...first, ...shift(argument, equals + 1, first) }];
  return {
    argument,
    path,
    value: source === undefined ? text : (source.value ?? null),
    find(wanted, at) {
      const inside = wanted.slice(path.length);
      if (wanted.length < path.length || (inside.length === 0 && at === "key")) return keyPlace(argument, path, wanted.length);
      const found = inside.length === 0 ? undefined : source?.find(inside, at);
      return found === undefined ? place(argument, equals + 1, argument.length) : shift(argument, equals + 1, found);
    },
  };
}

/** A copy of the value with the override applied, or a diagnostic if its path leads through something that holds no keys. */
export function applyOverride(value: unknown, override: Override): { readonly value: unknown } | { readonly problem: Diagnostic } {
  const put = putAt(value, override.path, override.value);
  if ("value" in put) return put;
  const reached = override.path.slice(0, put.blocked).join(".");
  const problem = `\`${reached}\` holds a value, so \`${override.path[put.blocked] ?? ""}\` cannot be set in it`;
  const place = keyPlace(override.argument, override.path, put.blocked + 1);
  return { problem: diagnose(errors.OVERRIDE_INVALID({ problem }), override.path, place) };
}

function keyPlace(argument: string, path: readonly string[], count: number): Place {
  const before = path.slice(0, Math.max(0, count - 1)).reduce((sum, key) => sum + key.length + 1, 0);
  return place(argument, before, before + (path[count - 1]?.length ?? argument.length));
}

function place(argument: string, start: number, end: number): Place {
  const column = start + 1;
  const length = Math.max(1, end - start);
  return { file, line: 1, column, length, frame: codeFrame(argument, 1, column, length) };
}

/** A place within the value as a place within the argument. */
function shift(argument: string, by: number, at: Place): Place {
  const column = (at.line === 1 ? by : 0) + (at.column ?? 1);
  const line = at.line ?? 1;
  const length = at.length ?? 1;
  return { file, line, column, length, frame: codeFrame(argument, line, column, length) };
}
