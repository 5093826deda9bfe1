import { existsSync, realpathSync } from "node:fs";
import { dirname, isAbsolute, join, relative, resolve, sep } from "node:path";
import { defined, isLeaderError, isRecord, memberOf, type LeaderError } from "@leader/graph";
import { errors } from "../../../error-codes.js";
import type { BundledPlugins } from "../../types.js";
import { diagnose, isConfigError, stopOn } from "../diagnostic.js";
import { readConfigText } from "../read-text.js";
import { YamlSource } from "../yaml-source.js";
import type { Layer, ParentText } from "./layer.js";
import { findPreset, isInside, standardPresets } from "./presets.js";

/** Texts that may stand above one another. */
const longestChain = 8;

/** What may be extended. */
export interface ParentRules {
  /** `false`: no file but those of packages. */
  readonly localFiles?: boolean | undefined;
  /** The only packages, besides the presets that come along. */
  readonly plugins?: readonly string[] | undefined;
  readonly bundled?: BundledPlugins | undefined;
}

/** A text that may name another one. */
export interface NamingText {
  readonly value: unknown;
  readonly find: Layer["find"];
  /** As messages call it. */
  readonly name: string;
  /** Its file, where it has one. */
  readonly file?: string;
  /** The folder that what it names is relative to. */
  readonly directory: string;
  /** The same folder as messages call it. */
  readonly shown: string;
  /** Its package, where it is a preset. */
  readonly package?: PresetPackage;
}

interface PresetPackage {
  readonly name: string;
  readonly folder: string;
}

type Found = Omit<ParentText, "text"> & { readonly package?: PresetPackage };

/**
 * Reads what a configuration extends, what that extends, and so on: the nearest first. Nothing is read that the rules do not allow, and
 * whether it exists is not told either. Errors: `ConfigError`, at the `extends` that names what cannot be had.
 */
export async function readParents(pipeline: NamingText, rules: ParentRules): Promise<readonly ParentText[]> {
  const parents: ParentText[] = [];
  const chain = [pipeline.name];
  const seen = new Set(pipeline.file === undefined ? [] : [real(pipeline.file)]);
  let naming = pipeline;
  for (;;) {
    const reference = memberOf(naming.value, "extends");
    if (reference === undefined) return parents;
    const { find, name } = naming;
    const fail = (error: LeaderError): never =>
      stopOn([diagnose(error, ["extends"], find(["extends"], "value") ?? find([], "value") ?? { file: name })]);
    const found = orFail(() => locate(reference, naming, rules), fail);
    chain.push(found.name);
    if (seen.has(real(found.file))) fail(errors.EXTENDS_CYCLE({ chain }));
    if (parents.length === longestChain) fail(errors.EXTENDS_TOO_LONG({ chain, limit: longestChain }));
    seen.add(real(found.file));
    const text = await readConfigText(found.file, found.name).catch((error: unknown) => failWith(error, fail));
    const { package: origin, ...parent } = found;
    parents.push({ ...parent, text });
    const place = { name: found.name, directory: dirname(found.file), shown: dirname(found.name) };
    naming = { ...readParent(text, found), ...place, ...defined({ package: origin }) };
  }
}

/** Errors: `ConfigError` at the places of the parent itself. */
function readParent(text: string, { name }: Found): Pick<NamingText, "value" | "find"> {
  const source = new YamlSource(text, name);
  stopOn(source.diagnostics);
  if (!isRecord(source.value)) {
    const error = errors.CONFIG_INVALID_VALUE({ where: "the file", problem: "expected a mapping", received: JSON.stringify(source.value) });
    stopOn([diagnose(error, [], source.placeAt(0, 0))]);
  }
  return { value: source.value, find: (path, at) => source.find(path, at) };
}

/** Errors: `CONFIG_INVALID_VALUE`, `EXTENDS_REFUSED`, `EXTENDS_NOT_FOUND`, those of `findPreset`. */
function locate(reference: unknown, naming: NamingText, rules: ParentRules): Found {
  if (typeof reference !== "string" || reference === "") throw invalid(reference);
  const hash = reference.lastIndexOf("#");
  if (hash < 0 || isPath(reference)) return locateFile(reference, naming, rules);
  const [packageName, name] = [reference.slice(0, hash), reference.slice(hash + 1)];
  if (!packageNames.test(packageName)) throw invalid(reference);
  const { localFiles, plugins, bundled = {} } = rules;
  const allowed = packageName === standardPresets || (plugins === undefined ? localFiles !== false : plugins.includes(packageName));
  if (!allowed) throw errors.EXTENDS_REFUSED({ reference, allowed: [standardPresets, ...(plugins ?? [])] });
  const { file, folder } = findPreset(packageName, name, naming.directory, bundled);
  return { kind: "preset", name: reference, file, package: { name: packageName, folder } };
}

function locateFile(reference: string, naming: NamingText, { localFiles, plugins = [] }: ParentRules): Found {
  if (/^[a-z][a-z0-9+.-]+:\/\//iu.test(reference) || !/\.ya?ml$/iu.test(reference)) throw invalid(reference);
  const file = resolve(naming.directory, reference);
  // What lies in a package that may be used may be used: presets may have a base of their own.
  const { package: origin } = naming;
  const inPackage = origin !== undefined && isInside(file, origin.folder);
  const refuse = (): never => {
    throw errors.EXTENDS_REFUSED({ reference, allowed: [standardPresets, ...plugins] });
  };
  if (localFiles === false && !inPackage) refuse();
  if (!existsSync(file)) throw errors.EXTENDS_NOT_FOUND({ reference, path: file });
  if (!inPackage) return { kind: "parent", name: isAbsolute(reference) ? reference : join(naming.shown, reference), file };
  if (localFiles === false && !isInside(real(file), real(origin.folder))) refuse();
  return { kind: "preset", name: `${origin.name}/${relative(origin.folder, file).split(sep).join("/")}`, file, package: origin };
}

const packageNames = /^(?:@[a-z0-9][a-z0-9._~-]*\/)?[a-z0-9][a-z0-9._~-]*$/u;
const isPath = (text: string): boolean => /^(?:\.{1,2}\/|\/|[A-Za-z]:[\\/])/u.test(text);

const invalid = (reference: unknown): LeaderError =>
  errors.CONFIG_INVALID_VALUE({
    where: "`extends`",
    problem: 'expected the path of a YAML file on this machine, or "<package>#<preset>" such as "@leader/presets#ddnm/bicubic-x4"',
    received: JSON.stringify(reference),
  });

function real(file: string): string {
  try {
    return realpathSync(file);
  } catch {
    return resolve(file);
  }
}

function orFail<T>(f: () => T, fail: (error: LeaderError) => never): T {
  try {
    return f();
  } catch (error) {
    return failWith(error, fail);
  }
}

function failWith(error: unknown, fail: (error: LeaderError) => never): never {
  if (isLeaderError(error) && !isConfigError(error)) return fail(error);
  throw error;
}
