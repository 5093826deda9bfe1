import { defined } from "@leader/graph";
import { errors } from "../../../error-codes.js";
import { nearest } from "../../nearest.js";
import { diagnose, type Diagnostic, type Place } from "../diagnostic.js";
import { codeFrame } from "../frame.js";
import { putAt } from "../put-at.js";
import { startsWith, type FindStated, type Stated } from "./layer.js";
import type { Merged } from "./merge.js";
import { pathsOf, readParam, type ParamDeclaration, type ParamValue } from "../../param-schema.js";

/** A knob that the author of a pipeline made public, and what it is set to. */
export interface PipelineParam {
  readonly name: string;
  readonly description?: string;
  readonly type: ParamDeclaration["type"];
  /** Absent where the pipeline itself states what the param would set. */
  readonly value?: ParamValue;
  /** Whether the value was given, and is not the default. */
  readonly given: boolean;
  readonly default?: ParamValue;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly choices?: readonly ParamValue[];
  /** Paths of what it sets. */
  readonly sets: readonly string[];
}

type Declarations = Readonly<Record<string, ParamDeclaration>>;
type Path = readonly string[];

/** A value that a param put at a path. */
interface Setting {
  readonly path: Path;
  readonly value: ParamValue;
  readonly stated: Stated;
  readonly given: boolean;
}

/** A configuration with its params put in their places. */
export interface WithParams {
  readonly value: unknown;
  readonly find: FindStated;
  readonly params: readonly PipelineParam[];
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Puts params in their places: what was given, else the default, which counts as if it were written at its paths in the text that states
 * it. So a text that extends this one may state a path itself, and a given value counts more than any text.
 * @param value the merged texts without their `params`
 */
export function applyParams(value: unknown, merged: Merged, declared: Declarations, given: Readonly<Record<string, unknown>>): WithParams {
  const names = Object.keys(declared);
  const strangers = Object.keys(given).filter((name) => !names.includes(name));
  const diagnostics: Diagnostic[] = strangers.map((name) =>
    diagnose(errors.PARAM_UNKNOWN({ name, similar: nearest(name, names), known: names }), [], placeOfGiven(name, given[name], "name")),
  );
  const settings: Setting[] = [];
  const params = names.map((name): PipelineParam => {
    const setter = new Setter(name, declared[name]!, merged, value);
    const made = Object.hasOwn(given, name) ? setter.given(given[name]) : setter.byDefault();
    const taken = made.settings.flatMap((one) => setter.conflictWith(settings, one));
    diagnostics.push(...setter.problems(), ...made.diagnostics, ...taken);
    settings.push(...made.settings);
    return describe(name, declared[name]!, made.settings);
  });
  const find: FindStated = (path, at) =>
    settings.find((setting) => startsWith(path, setting.path))?.stated ??
    merged.find(path, at) ??
    settings.find((setting) => path.length > 0 && startsWith(setting.path, path))?.stated;
  return { value: settings.reduce(put, value), find, params, diagnostics };
}

/** Paths that are blocked were refused before. */
function put(tree: unknown, { path, value }: Setting): unknown {
  const made = putAt(tree, path, value);
  return "value" in made ? made.value : tree;
}

interface Made {
  readonly settings: readonly Setting[];
  readonly diagnostics: readonly Diagnostic[];
}

class Setter {
  readonly #name: string;
  readonly #declaration: ParamDeclaration;
  readonly #merged: Merged;
  readonly #value: unknown;

  constructor(name: string, declaration: ParamDeclaration, merged: Merged, value: unknown) {
    this.#name = name;
    this.#declaration = declaration;
    this.#merged = merged;
    this.#value = value;
  }

  given(raw: unknown): Made {
    const place = placeOfGiven(this.#name, raw, "value");
    const read = readParam(this.#declaration, raw);
    if ("expected" in read) return this.#refused(read.expected, raw, place, []);
    return this.#at(pathsOf(this.#declaration), read.value, { by: "param", place, param: this.#name }, true);
  }

  byDefault(): Made {
    const stated = this.#merged.find(this.#own("default"), "value");
    const layer = this.#merged.layerOf(this.#own("default"));
    const paths = pathsOf(this.#declaration);
    if (stated === undefined || layer === undefined) return { settings: [], diagnostics: this.#missing(paths) };
    const read = readParam(this.#declaration, this.#declaration.default);
    if ("expected" in read) return { settings: [], diagnostics: [] };
    const free = paths.filter((path) => (this.#merged.layerOf(path) ?? layer) >= layer);
    return this.#at(free, read.value, { by: "param", place: stated.place, param: this.#name }, false);
  }

  /** What is wrong with the declaration, whatever is given. */
  problems(): readonly Diagnostic[] {
    const { default: fallback } = this.#declaration;
    const read = fallback === undefined ? undefined : readParam(this.#declaration, fallback);
    const own = this.#own("default");
    const place = this.#merged.find(own, "value")?.place;
    const wrong = read !== undefined && "expected" in read && place !== undefined;
    const layers = [this.#own("sets"), own].map((path) => this.#merged.layerOf(path));
    const twice = pathsOf(this.#declaration).filter(
      (path) => layers.includes(this.#merged.layerOf(path) ?? -1) && this.#merged.find(path, "value") !== undefined,
    );
    return [
      ...(wrong ? this.#refused(read.expected, fallback, place, own).diagnostics : []),
      ...twice.map((path) => this.#statedTwice(path)),
    ];
  }

  #own(key: "default" | "sets"): Path {
    return ["params", this.#name, key];
  }

  /** Two params that set one path. */
  conflictWith(others: readonly Setting[], { path }: Setting): readonly Diagnostic[] {
    const other = others.find((one) => startsWith(one.path, path) || startsWith(path, one.path));
    if (other === undefined) return [];
    const error = errors.PARAM_CONFLICT({ name: this.#name, path: path.join("."), other: `the param \`${other.stated.param ?? ""}\`` });
    return [this.#diagnoseAt(error, ["params", this.#name, "sets"])];
  }

  #at(paths: readonly Path[], value: ParamValue, stated: Stated, given: boolean): Made {
    const blocked = paths.filter((path) => "blocked" in putAt(this.#value, path, value));
    const diagnostics = blocked.map((path) =>
      this.#diagnoseAt(errors.PARAM_PATH({ name: this.#name, path: path.join(".") }), ["params", this.#name, "sets"]),
    );
    const free = paths.filter((path) => !blocked.includes(path));
    return { settings: free.map((path) => ({ path, value, stated, given })), diagnostics };
  }

  #missing(paths: readonly Path[]): readonly Diagnostic[] {
    if (paths.every((path) => this.#merged.find(path, "value") !== undefined)) return [];
    const { description = "" } = this.#declaration;
    return [this.#diagnoseAt(errors.PARAM_MISSING({ name: this.#name, description }), ["params", this.#name], "key")];
  }

  #statedTwice(path: Path): Diagnostic {
    return this.#diagnoseAt(errors.PARAM_CONFLICT({ name: this.#name, path: path.join("."), other: "the same file" }), path);
  }

  #refused(expected: string, received: unknown, place: Place, path: Path): Made {
    const error = errors.PARAM_INVALID({ name: this.#name, expected, received: textOf(received) });
    return { settings: [], diagnostics: [diagnose(error, path, place)] };
  }

  #diagnoseAt(error: ReturnType<typeof errors.PARAM_CONFLICT>, path: Path, at: "key" | "value" = "value"): Diagnostic {
    return diagnose(error, path, this.#merged.find(path, at)?.place ?? this.#merged.find([], "value")?.place ?? { file: "pipeline" });
  }
}

function describe(name: string, declaration: ParamDeclaration, [first]: readonly Setting[]): PipelineParam {
  const { sets: _sets, type, ...rest } = declaration;
  return {
    name,
    type,
    ...defined(rest),
    ...(first === undefined ? {} : { value: first.value }),
    given: first?.given === true,
    sets: pathsOf(declaration).map((path) => path.join(".")),
  };
}

const textOf = (value: unknown): string => (value === undefined ? "nothing" : JSON.stringify(value));

/** What a given value is called in messages. */
const file = "--param";

function placeOfGiven(name: string, given: unknown, at: "name" | "value"): Place {
  const text = `${name}=${typeof given === "string" ? given : JSON.stringify(given)}`;
  const [column, length] = at === "name" ? [1, name.length] : [name.length + 2, Math.max(1, text.length - name.length - 1)];
  return { file, line: 1, column, length, frame: codeFrame(text, 1, column, length) };
}
